// Bringing rows of several batches together (no part of the ORC specification). A pick is two 32-bit numbers, a slot
// and a row; a table says for each slot where its column begins.

function address(table: usize, pick: usize): usize {
  return load<u32>(table + ((<usize>load<u32>(pick)) << 2));
}

/** Values of 1, 4 or 8 bytes. */
export function gatherValues(picks: usize, count: i32, table: usize, width: u32, out: usize): void {
  const end = picks + ((<usize>count) << 3);
  if (width == 8) {
    for (; picks < end; picks += 8, out += 8) {
      store<u64>(out, load<u64>(address(table, picks) + ((<usize>load<u32>(picks, 4)) << 3)));
    }
  } else if (width == 4) {
    for (; picks < end; picks += 8, out += 4) {
      store<u32>(out, load<u32>(address(table, picks) + ((<usize>load<u32>(picks, 4)) << 2)));
    }
  } else {
    for (; picks < end; picks += 8) store<u8>(out++, load<u8>(address(table, picks) + load<u32>(picks, 4)));
  }
}

/** Bits, least significant first; a slot at 0 has nothing but ones. Returns the ones. */
export function gatherBits(picks: usize, count: i32, table: usize, out: usize): i32 {
  let ones = 0;
  for (let i = 0; i < count; i += 8) {
    let byte: u32 = 0;
    const rows = min(8, count - i);
    for (let bit = 0; bit < rows; bit++, picks += 8) {
      const bits = address(table, picks);
      const row = load<u32>(picks, 4);
      const one: u32 = bits == 0 ? 1 : (<u32>load<u8>(bits + (row >> 3)) >> (row & 7)) & 1;
      byte |= one << bit;
      ones += one;
    }
    store<u8>(out++, byte);
  }
  return ones;
}

/**
 * Numbers of strings in all sets together: `sets` says in which set the strings of a slot are, `bases` how many strings
 * come before those of a set. False if a slot has no numbers.
 */
export function gatherNumbers(
  picks: usize,
  count: i32,
  table: usize,
  sets: usize,
  bases: usize,
  out: usize,
): bool {
  const end = picks + ((<usize>count) << 3);
  for (; picks < end; picks += 8, out += 4) {
    const numbers = address(table, picks);
    if (numbers == 0) return false;
    const number = load<u32>(numbers + ((<usize>load<u32>(picks, 4)) << 2));
    store<u32>(out, number + load<u32>(bases + (address(sets, picks) << 2)));
  }
  return true;
}

/** Picks of strings, by set, for picks of rows, whose strings are numbered or one a row. */
export function pickNumbered(picks: usize, count: i32, table: usize, sets: usize, out: usize): void {
  const end = picks + ((<usize>count) << 3);
  for (; picks < end; picks += 8, out += 8) {
    const numbers = address(table, picks);
    const row = load<u32>(picks, 4);
    store<u32>(out, <u32>address(sets, picks));
    store<u32>(out, numbers == 0 ? row : load<u32>(numbers + ((<usize>row) << 2)), 4);
  }
}

/** Offsets of the picked rows, from the offsets of the slots; returns the last one, or -1 if it leaves 31 bits. */
export function gatherOffsets(picks: usize, count: i32, table: usize, out: usize): i32 {
  let total: u64 = 0;
  const end = picks + ((<usize>count) << 3);
  store<u32>(out, 0);
  for (; picks < end; picks += 8) {
    const cell = address(table, picks) + ((<usize>load<u32>(picks, 4)) << 2);
    total += load<u32>(cell, 4) - load<u32>(cell);
    out += 4;
    store<u32>(out, <u32>total);
  }
  return total > 0x7fffffff ? -1 : <i32>total;
}

/** The strings themselves; up to 7 bytes after the last one are overwritten. */
export function gatherData(picks: usize, count: i32, offsets: usize, data: usize, out: usize): void {
  const end = picks + ((<usize>count) << 3);
  for (; picks < end; picks += 8) {
    const cell = address(offsets, picks) + ((<usize>load<u32>(picks, 4)) << 2);
    const start = load<u32>(cell);
    const length = load<u32>(cell, 4) - start;
    const from = address(data, picks) + start;
    if (length > 256) {
      memory.copy(out, from, length);
    } else {
      for (let i: usize = 0; i < length; i += 8) store<u64>(out + i, load<u64>(from + i));
    }
    out += length;
  }
}

/** The elements of picked lists as picks of their own. */
export function expandPicks(picks: usize, count: i32, table: usize, out: usize): void {
  const end = picks + ((<usize>count) << 3);
  for (; picks < end; picks += 8) {
    const slot = load<u32>(picks);
    const cell = address(table, picks) + ((<usize>load<u32>(picks, 4)) << 2);
    const last = load<u32>(cell, 4);
    for (let row = load<u32>(cell); row < last; row++, out += 8) {
      store<u32>(out, slot);
      store<u32>(out, row, 4);
    }
  }
}
