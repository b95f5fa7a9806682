// «Integer Run Length Encoding, version 1», which files up to 0.11 have; only reading.

import { results } from './memory';
import { unzigzag } from './widths';

const SHORTEST_RUN: i32 = 3;
const LONGEST_RUN: i32 = 130;
const LONGEST_VARINT: usize = 10;

/** As decodeIntegers(), with room for 130 more values. */
export function decodeIntegers1(source: usize, length: i32, signed: bool, out: usize, capacity: i32): i32 {
  const end = source + length;
  let from = source;
  let count = 0;
  while (from < end && capacity - count >= LONGEST_RUN) {
    const control = <i32>load<i8>(from);
    const target = out + ((<usize>count) << 3);
    const next =
      control < 0 ? literals(from, end, -control, signed, target) : run(from, end, control, signed, target);
    if (next == 0) break;
    if (next == 1) return -1;
    count += control < 0 ? -control : control + SHORTEST_RUN;
    from = next;
  }
  store<i32>(results, <i32>(from - source));
  return count;
}

/** The address after the run, 0 if it is not all here, 1 if it cannot be right. */
function run(from: usize, end: usize, control: i32, signed: bool, out: usize): usize {
  if (end - from < 2) return 0;
  const next = varint(from + 2, end, signed, out);
  if (next <= 1) return next;
  const first = load<i64>(out);
  const delta = <i64>load<i8>(from, 1);
  for (let i = 1; i < control + SHORTEST_RUN; i++) store<i64>(out + ((<usize>i) << 3), first + delta * i);
  return next;
}

function literals(from: usize, end: usize, count: i32, signed: bool, out: usize): usize {
  let next = from + 1;
  for (let i = 0; i < count; i++) {
    next = varint(next, end, signed, out + ((<usize>i) << 3));
    if (next <= 1) return next;
  }
  return next;
}

function varint(from: usize, end: usize, signed: bool, out: usize): usize {
  let value: u64 = 0;
  for (let i: usize = 0; i < LONGEST_VARINT; i++) {
    if (from + i >= end) return 0;
    const byte = <u64>load<u8>(from + i);
    value |= (byte & 0x7f) << (i * 7);
    if (byte < 0x80) {
      store<i64>(out, signed ? unzigzag(value) : <i64>value);
      return from + i + 1;
    }
  }
  return 1;
}
