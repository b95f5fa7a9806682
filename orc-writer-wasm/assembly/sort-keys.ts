// Keys of rows as strings of bytes whose order, as unsigned bytes, is the order of the rows (no part of the ORC
// specification; a merge compares them instead of columns).
//
// Every column of a key begins with a mark: 1 for a value, 0 or 2 for a null. Numbers follow in big endian with the
// sign bit turned, strings with every zero byte as 00 ff and the end as 00 00. Descending columns have all bits of
// that turned. A row is a record of five addresses: where its key begins, and where each of its four parts ends.

import { isPresent } from './integers';

export const RECORD_BYTES: usize = 20;
/** While keys are written, the end of the last part is where the next column goes. */
const END: usize = 16;

const DESCENDING: u32 = 1;
const NULLS_LAST: u32 = 2;
/** The column goes on with a second number, so there is no mark. */
const CONTINUED: u32 = 4;

/** Gives every row the length of its columns of fixed width. */
export function startKeys(lengths: usize, count: i32, fixed: u32): void {
  for (let i = 0; i < count; i++) store<u32>(lengths + ((<usize>i) << 2), fixed);
}

/**
 * Adds what a column of strings needs and returns the sum of it; `ids` are numbers of strings, one a row, or 0 for one
 * string a row.
 */
export function measureStrings(
  ids: usize,
  offsets: usize,
  data: usize,
  present: usize,
  count: i32,
  lengths: usize,
): f64 {
  let total: u64 = 0;
  for (let i = 0; i < count; i++) {
    const cell = lengths + ((<usize>i) << 2);
    let length: u32 = 1;
    if (isPresent(present, i)) {
      const string = stringCell(ids, offsets, i);
      const start = load<u32>(string);
      const end = load<u32>(string, 4);
      length += end - start + zeros(data + start, data + end) + 2;
    }
    store<u32>(cell, load<u32>(cell) + length);
    total += length;
  }
  return <f64>total;
}

/** Turns lengths into records of keys that lie behind one another at `keys`, all parts still empty. */
export function placeKeys(lengths: usize, count: i32, keys: usize, records: usize): void {
  let at = keys;
  for (let i = 0; i < count; i++) {
    const record = records + <usize>i * RECORD_BYTES;
    store<u32>(record, <u32>at);
    store<u32>(record, <u32>at, END);
    at += load<u32>(lengths + ((<usize>i) << 2));
  }
}

/** Ends the first, second or third part of every key (`part` 1, 2 or 3) where writing has come to. */
export function endPart(records: usize, count: i32, part: u32): void {
  for (let i = 0; i < count; i++) {
    const record = records + <usize>i * RECORD_BYTES;
    store<u32>(record + ((<usize>part) << 2), load<u32>(record, END));
  }
}

export function addStringKeys(
  ids: usize,
  offsets: usize,
  data: usize,
  present: usize,
  count: i32,
  flags: u32,
  records: usize,
): void {
  const turn: u64 = (flags & DESCENDING) != 0 ? ~(<u64>0) : 0;
  for (let i = 0; i < count; i++) {
    const cursor = records + <usize>i * RECORD_BYTES + END;
    let out = <usize>load<u32>(cursor);
    const hasValue = isPresent(present, i);
    store<u8>(out++, mark(hasValue, flags));
    if (hasValue) {
      const string = stringCell(ids, offsets, i);
      out = escaped(data + load<u32>(string), data + load<u32>(string, 4), turn, out);
      store<u16>(out, <u16>turn);
      out += 2;
    }
    store<u32>(cursor, <u32>out);
  }
}

/** Signed integers of 1, 4 or 8 bytes; a null has as many zeros. */
export function addIntegerKeys(
  values: usize,
  width: u32,
  present: usize,
  count: i32,
  flags: u32,
  records: usize,
): void {
  for (let i = 0; i < count; i++) {
    let value: i64 = 0;
    if (width == 8) value = load<i64>(values + ((<usize>i) << 3));
    else if (width == 4) value = (<i64>load<i32>(values + ((<usize>i) << 2))) << 32;
    else value = (<i64>load<i8>(values + i)) << 56;
    add(<u64>value ^ 0x8000000000000000, width, isPresent(present, i), flags, records, i);
  }
}

/** Integers of 8 bytes as the high half of one of 16, for decimals of either size side by side. */
export function addSignKeys(values: usize, present: usize, count: i32, flags: u32, records: usize): void {
  for (let i = 0; i < count; i++) {
    const sign = load<i64>(values + ((<usize>i) << 3)) >> 63;
    add(<u64>sign ^ 0x8000000000000000, 8, isPresent(present, i), flags, records, i);
  }
}

/** The same, unsigned: the low half of integers of 16 bytes. */
export function addUnsignedKeys(values: usize, present: usize, count: i32, flags: u32, records: usize): void {
  for (let i = 0; i < count; i++) {
    add(load<u64>(values + ((<usize>i) << 3)), 8, isPresent(present, i), flags, records, i);
  }
}

/** Doubles in the order of Java's `Double.compare`: -0.0 below 0.0, NaN above all. */
export function addDoubleKeys(
  values: usize,
  isFloat: bool,
  present: usize,
  count: i32,
  flags: u32,
  records: usize,
): void {
  for (let i = 0; i < count; i++) {
    const value = isFloat
      ? <f64>load<f32>(values + ((<usize>i) << 2))
      : load<f64>(values + ((<usize>i) << 3));
    let bits: u64 = value != value ? 0x7ff8000000000000 : reinterpret<u64>(value);
    bits ^= <i64>bits < 0 ? ~(<u64>0) : 0x8000000000000000;
    add(bits, 8, isPresent(present, i), flags, records, i);
  }
}

/** Booleans, a bit a row. */
export function addBitKeys(bits: usize, present: usize, count: i32, flags: u32, records: usize): void {
  for (let i = 0; i < count; i++) {
    const bit: u64 = bits == 0 || isPresent(bits, i) ? 1 : 0;
    add(bit << 56, 1, isPresent(present, i), flags, records, i);
  }
}

/** Writes the highest `width` bytes of `bits`: 1, 4 or 8, and no more, as what follows may be there already. */
function add(bits: u64, width: u32, hasValue: bool, flags: u32, records: usize, row: i32): void {
  const cursor = records + <usize>row * RECORD_BYTES + END;
  let out = <usize>load<u32>(cursor);
  if ((flags & CONTINUED) == 0) store<u8>(out++, mark(hasValue, flags));
  if (!hasValue) bits = 0;
  else if ((flags & DESCENDING) != 0) bits = ~bits;
  if (width == 8) store<u64>(out, bswap(bits));
  else if (width == 4) store<u32>(out, bswap(<u32>(bits >> 32)));
  else store<u8>(out, <u8>(bits >> 56));
  store<u32>(cursor, <u32>out + width);
}

function mark(hasValue: bool, flags: u32): u8 {
  if (hasValue) return 1;
  return (flags & NULLS_LAST) != 0 ? 2 : 0;
}

function stringCell(ids: usize, offsets: usize, row: i32): usize {
  return offsets + ((ids == 0 ? <usize>row : <usize>load<u32>(ids + ((<usize>row) << 2))) << 2);
}

function hasZero(word: u64): bool {
  return ((word - 0x0101010101010101) & ~word & 0x8080808080808080) != 0;
}

function zeros(from: usize, end: usize): u32 {
  let count: u32 = 0;
  while (from + 8 <= end) {
    if (hasZero(load<u64>(from))) {
      for (let i: usize = 0; i < 8; i++) count += <u32>(load<u8>(from + i) == 0);
    }
    from += 8;
  }
  for (; from < end; from++) count += <u32>(load<u8>(from) == 0);
  return count;
}

function escaped(from: usize, end: usize, turn: u64, out: usize): usize {
  while (from < end) {
    if (from + 8 <= end) {
      const word = load<u64>(from);
      if (!hasZero(word)) {
        store<u64>(out, word ^ turn);
        from += 8;
        out += 8;
        continue;
      }
    }
    const byte = load<u8>(from++);
    store<u8>(out++, byte ^ <u8>turn);
    if (byte == 0) store<u8>(out++, ~(<u8>turn));
  }
  return out;
}
