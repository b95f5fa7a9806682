// «Compression», SNAPPY: a raw block, the length first.

import {
  commonLength,
  copyLiterals,
  copyMatch,
  forgetMatches,
  lengthBefore,
  nextMatch,
  remember,
} from './matches';

const CORRUPT: i32 = -1;
const LONGEST_COPY: u32 = 64;
const FURTHEST: u32 = 65535;

/** Returns the bytes written, or -1 if the block cannot be right or is longer than `capacity`. */
export function decompressSnappy(source: usize, length: i32, out: usize, capacity: i32): i32 {
  const end = source + length;
  let size: u64 = 0;
  let shift: u64 = 0;
  let byte: u64 = 0x80;
  while (byte >= 0x80) {
    if (source == end || shift > 28) return CORRUPT;
    byte = <u64>load<u8>(source++);
    size |= (byte & 0x7f) << shift;
    shift += 7;
  }
  if (size > <u64>capacity) return CORRUPT;
  const start = out;
  const last = out + <usize>size;
  while (source < end) {
    const tag = <u32>load<u8>(source++);
    const kind = tag & 3;
    if (kind == 0) {
      let count = <usize>(tag >> 2) + 1;
      if (count > 60) {
        const bytes = count - 60;
        if (end - source < bytes) return CORRUPT;
        count = 1;
        for (let i: usize = 0; i < bytes; i++) count += (<usize>load<u8>(source + i)) << (i << 3);
        source += bytes;
      }
      if (count == 0 || end - source < count || last - out < count) return CORRUPT;
      copyLiterals(out, source, count);
      source += count;
      out += count;
      continue;
    }
    const more: usize = kind == 3 ? 4 : kind;
    if (end - source < more) return CORRUPT;
    const count = kind == 1 ? <usize>((tag >> 2) & 7) + 4 : <usize>(tag >> 2) + 1;
    let distance = <usize>load<u8>(source);
    if (kind == 1) distance |= (<usize>(tag >> 5)) << 8;
    else distance = kind == 2 ? <usize>load<u16>(source) : <usize>load<u32>(source);
    source += more;
    if (distance == 0 || distance > out - start || last - out < count) return CORRUPT;
    copyMatch(out, distance, count);
    out += count;
  }
  return out == last ? <i32>size : CORRUPT;
}

/** Returns the bytes written; room needed at `out`: 7/6 of the length and 32. */
export function compressSnappy(source: usize, length: i32, out: usize): i32 {
  const start = out;
  const end = source + length;
  let size = <u32>length;
  for (; size > 127; size >>= 7) store<u8>(out++, (size & 0x7f) | 0x80);
  store<u8>(out++, size);
  forgetMatches();
  const limit = length < 8 ? source : end - 7;
  let literals = source;
  let match = nextMatch(source, source, limit, FURTHEST);
  while (match != 0) {
    const distance = <u32>(match >> 32);
    let at = <usize>match;
    const before = lengthBefore(at, at - distance, max(literals, source + distance));
    const length = before + 4 + commonLength(at + 4, at + 4 - distance, end);
    at -= before;
    out = literal(literals, at, out);
    out = copies(distance, <u32>length, out);
    literals = at + length;
    if (literals < limit) {
      remember(source, at + 2);
      remember(source, literals - 2);
    }
    match = nextMatch(source, literals, limit, FURTHEST);
  }
  return <i32>(literal(literals, end, out) - start);
}

function literal(from: usize, to: usize, out: usize): usize {
  if (from == to) return out;
  const count = <u32>(to - from);
  if (count <= 60) {
    store<u8>(out++, (count - 1) << 2);
  } else {
    const bytes = (39 - clz(count - 1)) >> 3;
    store<u8>(out, (59 + bytes) << 2);
    store<u32>(out, count - 1, 1);
    out += 1 + bytes;
  }
  copyLiterals(out, from, count);
  return out + count;
}

function copies(distance: u32, length: u32, out: usize): usize {
  // A rest under 4 bytes could not have the short form.
  while (length >= LONGEST_COPY + 4) {
    out = copy(distance, LONGEST_COPY, out);
    length -= LONGEST_COPY;
  }
  if (length > LONGEST_COPY) {
    out = copy(distance, LONGEST_COPY - 4, out);
    length -= LONGEST_COPY - 4;
  }
  return copy(distance, length, out);
}

function copy(distance: u32, length: u32, out: usize): usize {
  if (length < 12 && distance < 2048) {
    store<u8>(out, 1 | ((length - 4) << 2) | ((distance >> 8) << 5));
    store<u8>(out, distance, 1);
    return out + 2;
  }
  store<u8>(out, 2 | ((length - 1) << 2));
  store<u16>(out, distance, 1);
  return out + 3;
}
