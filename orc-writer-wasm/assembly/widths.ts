// «Integer Run Length Encoding, version 2», bit widths: 1 to 24 exactly, then 26, 28, 30, 32, 40, 48, 56, 64, as a five-bit code.

export function bitsOf(value: u64): u32 {
  return 64 - <u32>clz(value);
}

/** The code of the narrowest width that holds `bits` bits; 0 bits count as 1. */
export function widthCode(bits: u32): u32 {
  if (bits <= 24) return bits - <u32>(bits != 0);
  if (bits <= 32) return 24 + ((bits - 25) >> 1);
  return 28 + ((bits - 33) >> 3);
}

export function widthOfCode(code: u32): u32 {
  if (code < 24) return code + 1;
  if (code < 28) return 26 + ((code - 24) << 1);
  return 40 + ((code - 28) << 3);
}

/** Strategy SPEED: 1, 2, 4 or whole bytes. */
export function alignedWidth(bits: u32): u32 {
  if (bits <= 2) return max<u32>(bits, 1);
  if (bits <= 4) return 4;
  return (bits + 7) & ~7;
}

export function zigzag(value: i64): u64 {
  return <u64>((value << 1) ^ (value >> 63));
}

export function unzigzag(value: u64): i64 {
  return <i64>(value >> 1) ^ -(<i64>(value & 1));
}
