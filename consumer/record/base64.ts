const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PADDING = 0x3d;
const INVALID = 0x8000;

/** The twelve bits of two characters, the first one in the low byte of the index. */
const PAIRS = new Uint16Array(1 << 16).fill(INVALID);
for (let first = 0; first < ALPHABET.length; first++) {
  for (let second = 0; second < ALPHABET.length; second++) {
    PAIRS[ALPHABET.charCodeAt(first) | (ALPHABET.charCodeAt(second) << 8)] = (first << 6) | second;
  }
}

/**
 * Decodes strict base64 (RFC 4648 section 4: the standard alphabet, padded, nothing else) from bytes to `out`
 * at `to`; answers how many bytes it wrote, or -1. Unused bits of the last character may be set, as every common
 * decoder allows.
 *
 * Written here because `Buffer` skips what it does not know and takes the URL alphabet.
 */
export function decodeBase64(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  to: number,
): number {
  const length = end - start;
  if (length === 0 || length % 4 !== 0) return length === 0 ? 0 : -1;
  const padding = bytes[end - 1] !== PADDING ? 0 : bytes[end - 2] !== PADDING ? 1 : 2;
  const whole = padding === 0 ? end : end - 4;
  let at = to;
  let seen = 0;
  for (let index = start; index < whole; index += 4) {
    const high = pair(bytes[index] as number, bytes[index + 1] as number);
    const low = pair(bytes[index + 2] as number, bytes[index + 3] as number);
    seen |= high | low;
    out[at] = high >> 4;
    out[at + 1] = (high << 4) | (low >> 8);
    out[at + 2] = low;
    at += 3;
  }
  if (padding !== 0) {
    const high = pair(bytes[whole] as number, bytes[whole + 1] as number);
    const low = pair(padding === 2 ? NOTHING : (bytes[whole + 2] as number), NOTHING);
    seen |= high | low;
    out[at++] = high >> 4;
    if (padding === 1) out[at++] = (high << 4) | (low >> 8);
  }
  return (seen & INVALID) !== 0 ? -1 : at - to;
}

/** Stands where the padding is: six bits of nothing. */
const NOTHING = ALPHABET.charCodeAt(0);

function pair(first: number, second: number): number {
  return PAIRS[first | (second << 8)] as number;
}
