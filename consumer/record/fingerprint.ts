/**
 * The first 64 bits of MurmurHash3_x86_128 with seed 0, the low 32 into `out[at]`, the high 32 into
 * `out[at + 1]`: the identity of a source record. Not for keeping secrets; rows are equal only if their ids are
 * equal too.
 *
 * @see https://github.com/aappleby/smhasher for the algorithm and its test vectors
 */
export function fingerprint(bytes: Uint8Array, length: number, out: Int32Array, at: number): void {
  const C1 = 0x239b961b;
  const C2 = 0xab0e9789 | 0;
  const C3 = 0x38b34ae5;
  const C4 = 0xa1e38b93 | 0;
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = length & ~15;
  for (let block = 0; block < whole; block += 16) {
    h1 ^= Math.imul(rotate(Math.imul(view.getInt32(block, true), C1), 15), C2);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(view.getInt32(block + 4, true), C2), 16), C3);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(view.getInt32(block + 8, true), C3), 17), C4);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(view.getInt32(block + 12, true), C4), 18), C1);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }

  const tail = length - whole;
  if (tail > 12) h4 ^= Math.imul(rotate(Math.imul(partial(bytes, whole + 12, length), C4), 18), C1);
  if (tail > 8) h3 ^= Math.imul(rotate(Math.imul(partial(bytes, whole + 8, length), C3), 17), C4);
  if (tail > 4) h2 ^= Math.imul(rotate(Math.imul(partial(bytes, whole + 4, length), C2), 16), C3);
  if (tail > 0) h1 ^= Math.imul(rotate(Math.imul(partial(bytes, whole, length), C1), 15), C2);

  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = finalise(h1);
  h2 = finalise(h2);
  h3 = finalise(h3);
  h4 = finalise(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out[at] = h1;
  out[at + 1] = (h2 + h1) | 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** The up to four bytes from `at` to `end`, little-endian. */
function partial(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let index = Math.min(at + 4, end) - 1; index >= at; index--)
    value = (value << 8) | (bytes[index] as number);
  return value;
}

function finalise(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
