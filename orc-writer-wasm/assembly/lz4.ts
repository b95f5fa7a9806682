// «Compression», LZ4: a raw block, without its length.

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
const SHORTEST: u32 = 4;
const FURTHEST: u32 = 65535;
/** The format's own rules: the last five bytes are literals, and no match begins in the last twelve. */
const LAST_LITERALS: u32 = 5;
const LAST_MATCH: u32 = 12;

/** Returns the bytes written, or -1 if the block cannot be right or is longer than `capacity`. */
export function decompressLz4(source: usize, length: i32, out: usize, capacity: i32): i32 {
  const end = source + length;
  const start = out;
  const last = out + capacity;
  while (source < end) {
    const token = <u32>load<u8>(source++);
    let count = <usize>(token >> 4);
    if (count == 15) {
      let more: usize = 255;
      while (more == 255) {
        if (source == end) return CORRUPT;
        more = <usize>load<u8>(source++);
        count += more;
      }
    }
    if (end - source < count || last - out < count) return CORRUPT;
    copyLiterals(out, source, count);
    source += count;
    out += count;
    if (source == end) return <i32>(out - start);
    if (end - source < 2) return CORRUPT;
    const distance = <usize>load<u16>(source);
    source += 2;
    count = <usize>(token & 15);
    if (count == 15) {
      let more: usize = 255;
      while (more == 255) {
        if (source == end) return CORRUPT;
        more = <usize>load<u8>(source++);
        count += more;
      }
    }
    count += SHORTEST;
    if (distance == 0 || distance > out - start || last - out < count) return CORRUPT;
    copyMatch(out, distance, count);
    out += count;
  }
  return CORRUPT;
}

/** Returns the bytes written; room needed at `out`: 256/255 of the length and 16. */
export function compressLz4(source: usize, length: i32, out: usize): i32 {
  const start = out;
  const end = source + length;
  forgetMatches();
  const limit = <u32>length <= LAST_MATCH ? source : end - LAST_MATCH;
  const matchEnd = end - LAST_LITERALS;
  let literals = source;
  let match = nextMatch(source, source, limit, FURTHEST);
  while (match != 0) {
    const distance = <u32>(match >> 32);
    let at = <usize>match;
    const before = lengthBefore(at, at - distance, max(literals, source + distance));
    const more = <u32>(before + commonLength(at + SHORTEST, at + SHORTEST - distance, matchEnd));
    at -= before;
    out = token(<u32>(at - literals), min<u32>(more, 15), literals, out);
    store<u16>(out, distance);
    out = more < 15 ? out + 2 : extension(more - 15, out + 2);
    literals = at + SHORTEST + more;
    if (literals < limit) {
      remember(source, at + 2);
      remember(source, literals - 2);
    }
    match = nextMatch(source, literals, limit, FURTHEST);
  }
  return <i32>(token(<u32>(end - literals), 0, literals, out) - start);
}

function token(count: u32, low: u32, literals: usize, out: usize): usize {
  store<u8>(out++, (min<u32>(count, 15) << 4) | low);
  if (count >= 15) out = extension(count - 15, out);
  copyLiterals(out, literals, count);
  return out + count;
}

function extension(rest: u32, out: usize): usize {
  for (; rest >= 255; rest -= 255) store<u8>(out++, 255);
  store<u8>(out++, rest);
  return out;
}
