// Comparing strings as unsigned bytes.

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
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) {
    if (load<u64>(a + i) != load<u64>(b + i)) return false;
  }
  const rest = length - i;
  return rest == 0 || (load<u64>(a + i) ^ load<u64>(b + i)) << (<u64>(64 - (rest << 3))) == 0;
}
