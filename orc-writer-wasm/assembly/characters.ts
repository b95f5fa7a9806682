// «String, Char, and VarChar Columns»: strings of at most so many code points; a CHAR is filled up with spaces.

const SPACE: u8 = 0x20;

/** Shortens each of the strings to `most` code points. */
export function cutStrings(addresses: usize, lengths: usize, count: i32, most: u32): void {
  for (let i = 0; i < count; i++) {
    const cell = lengths + ((<usize>i) << 2);
    const length = load<u32>(cell);
    if (length > most) store<u32>(cell, prefix(load<u32>(addresses + ((<usize>i) << 2)), length, most));
  }
}

/**
 * Copies each of the strings, cut or filled up to `most` code points, to `out`, where it will be found from now on.
 * Room needed there: the strings and `most` bytes for each.
 */
export function padStrings(addresses: usize, lengths: usize, count: i32, most: u32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const from = load<u32>(addresses + ((<usize>i) << 2));
    const length = prefix(from, load<u32>(lengths + ((<usize>i) << 2)), most);
    const missing = most - codePoints(from, length);
    memory.copy(out, from, length);
    memory.fill(out + length, SPACE, missing);
    store<u32>(addresses + ((<usize>i) << 2), <u32>out);
    store<u32>(lengths + ((<usize>i) << 2), length + missing);
    out += length + missing;
  }
}

/** The bytes of the first `most` code points. */
function prefix(from: usize, length: u32, most: u32): u32 {
  let points: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    if (startsCodePoint(from + i) && ++points > most) return i;
  }
  return length;
}

function codePoints(from: usize, length: u32): u32 {
  let points: u32 = 0;
  for (let i: u32 = 0; i < length; i++) points += <u32>startsCodePoint(from + i);
  return points;
}

function startsCodePoint(at: usize): bool {
  return (load<u8>(at) & 0xc0) != 0x80;
}
