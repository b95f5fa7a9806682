// Comparing strings as unsigned bytes (no section of the specification).

/** Negative, 0 or positive. Up to 8 bytes after either string are read. */
export function compareBytes(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const shorter = min(aLength, bLength);
  for (let i: u32 = 0; i < shorter; i += 8) {
    let different = load<u64>(a + i) ^ load<u64>(b + i);
    if (shorter - i < 8) different &= (1 << (<u64>((shorter - i) << 3))) - 1;
    if (different != 0) {
      const at = i + <u32>(ctz(different) >> 3);
      return <i32>load<u8>(a + at) - <i32>load<u8>(b + at);
    }
  }
  return aLength < bLength ? -1 : <i32>(aLength > bLength);
}

/** Up to 8 bytes after either string are read. */
export function areEqual(a: usize, b: usize, length: u32): bool {
  if (length < 16) {
    if (length < 8) return length == 0 || (load<u64>(a) ^ load<u64>(b)) << (<u64>(64 - (length << 3))) == 0;
    const last = length - 8;
    return ((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a + last) ^ load<u64>(b + last))) == 0;
  }
  // The last 16 bytes overlap those before them.
  const last = length - 16;
  for (let i: u32 = 0; i < last; i += 16) {
    if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
  }
  return !v128.any_true(v128.xor(v128.load(a + last), v128.load(b + last)));
}

const FACTOR_A: u64 = 0xff51afd7ed558ccd;
const FACTOR_B: u64 = 0xc4ceb9fe1a85ec53;

/** Equal strings have equal hashes; the numbers mean nothing outside this module. Up to 8 bytes after are read. */
export function hashBytes(from: usize, length: u32): u64 {
  let a: u64 = 0x9e3779b97f4a7c15 ^ <u64>length;
  let b: u64 = 0x2545f4914f6cdd1d;
  if (length < 8) {
    if (length != 0) a ^= load<u64>(from) << (<u64>(64 - (length << 3)));
  } else {
    const last = from + length - 8;
    // Two chains, so that one multiplication does not wait for the other; the last bytes may be taken twice.
    for (; from + 8 < last; from += 16) {
      a = rotr((a ^ load<u64>(from)) * FACTOR_A, 29);
      b = rotr((b ^ load<u64>(from, 8)) * FACTOR_B, 31);
    }
    a ^= load<u64>(min(from, last));
    b ^= load<u64>(last);
  }
  const hash = (a * FACTOR_A) ^ rotr(b * FACTOR_B, 32);
  const mixed = (hash ^ (hash >> 32)) * FACTOR_B;
  return mixed ^ (mixed >> 29);
}
