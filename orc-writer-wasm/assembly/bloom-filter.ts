// «Bloom Filter Index»: one bit set a row group, in which every value sets as many bits as there are hash functions.

const SEED: u64 = 104729;
const C1: u64 = 0x87c37b91114253d5;
const C2: u64 = 0x4cf5ad432745937f;

/** Adds 64-bit values: integers, days, milliseconds, or the bits of doubles. */
export function addLongs(values: usize, count: i32, filter: usize, bits: i32, functions: i32): void {
  for (let i = 0; i < count; i++)
    add(hashLong(load<i64>(values + ((<usize>i) << 3))), filter, bits, functions);
}

export function addStrings(
  addresses: usize,
  lengths: usize,
  count: i32,
  filter: usize,
  bits: i32,
  functions: i32,
): void {
  for (let i = 0; i < count; i++) {
    const at = (<usize>i) << 2;
    add(hashString(load<u32>(addresses + at), load<u32>(lengths + at)), filter, bits, functions);
  }
}

/** Whether the filter may have got this 64-bit value. */
export function mayHaveLong(value: usize, filter: usize, bits: i32, functions: i32): bool {
  return has(hashLong(load<i64>(value)), filter, bits, functions);
}

export function mayHaveString(address: usize, length: u32, filter: usize, bits: i32, functions: i32): bool {
  return has(hashString(address, length), filter, bits, functions);
}

function add(hash: u64, filter: usize, bits: i32, functions: i32): void {
  for (let i = 1; i <= functions; i++) {
    const bit = position(hash, i, bits);
    const cell = filter + (bit >> 3);
    store<u8>(cell, <u32>load<u8>(cell) | (1 << (bit & 7)));
  }
}

function has(hash: u64, filter: usize, bits: i32, functions: i32): bool {
  for (let i = 1; i <= functions; i++) {
    const bit = position(hash, i, bits);
    if (((<u32>load<u8>(filter + (bit >> 3)) >> (bit & 7)) & 1) == 0) return false;
  }
  return true;
}

function position(hash: u64, number: i32, bits: i32): i32 {
  const combined = <i32>hash + number * <i32>(hash >> 32);
  return (combined < 0 ? ~combined : combined) % bits;
}

/** Thomas Wang's mix, with right shifts that keep the sign (ORC-1024). */
function hashLong(value: i64): u64 {
  let key = ~value + (value << 21);
  key ^= key >> 24;
  key = key + (key << 3) + (key << 8);
  key ^= key >> 14;
  key = key + (key << 2) + (key << 4);
  key ^= key >> 28;
  return <u64>(key + (key << 31));
}

/** Murmur3 with one lane of 64 bits. */
function hashString(address: usize, length: u32): u64 {
  let hash = SEED;
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) {
    hash = rotl(hash ^ mixed(load<u64>(address + i)), 27) * 5 + 0x52dce729;
  }
  const rest = length - i;
  if (rest != 0) {
    let last: u64 = 0;
    for (let j: u32 = 0; j < rest; j++) last |= (<u64>load<u8>(address + i + j)) << (<u64>(j << 3));
    hash ^= mixed(last);
  }
  hash ^= length;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccd;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

function mixed(block: u64): u64 {
  return rotl(block * C1, 31) * C2;
}
