// «List Columns», «Map Columns», «Union Columns»: how many elements a row has, or which of the variants it is.

import { isPresent } from './integers';

/** The differences of the `count + 1` offsets, of the rows that are present, as 64-bit numbers; -1 if one falls. */
export function listLengths(offsets: usize, count: i32, present: usize, presentBit: i32, out: usize): i32 {
  const start = out;
  for (let i = 0; i < count; i++) {
    const cell = offsets + ((<usize>i) << 2);
    const before = load<u32>(cell);
    const after = load<u32>(cell, 4);
    if (after < before) return -1;
    if (!isPresent(present, presentBit + i)) continue;
    store<u64>(out, after - before);
    out += 8;
  }
  return <i32>((out - start) >> 3);
}

/** Sets one bit a row, least significant first, where the row is present and its tag is this one; returns the ones. */
export function matchTags(tags: usize, count: i32, present: usize, tag: u32, target: usize): i32 {
  let ones = 0;
  memory.fill(target, 0, (count + 7) >> 3);
  for (let i = 0; i < count; i++) {
    if (load<u8>(tags + i) != tag || !isPresent(present, i)) continue;
    const cell = target + (i >> 3);
    store<u8>(cell, <u32>load<u8>(cell) | (1 << (i & 7)));
    ones++;
  }
  return ones;
}

/** Whether all tags are below `variants`. */
export function areTags(tags: usize, count: i32, variants: u32): bool {
  for (let i = 0; i < count; i++) if (load<u8>(tags + i) >= variants) return false;
  return true;
}
