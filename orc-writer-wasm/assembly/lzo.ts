// «Compression», LZO: a raw LZO1X block, without its length. What an instruction byte under 16 means depends on how many literals
// came with the one before: none (0), one to three, or a run of four and more (4).

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
const AFTER_RUN: u32 = 4;
/** Matches by distance: near ones have short instructions, and beyond 16 KiB there is one bit more. */
const NEAR: u32 = 2048;
const MIDDLE: u32 = 16384;
const FURTHEST: u32 = 49151;

/** Where a length that goes on in further bytes ends; 0 after the end of the source. */
let lengthEnd: usize = 0;

function longLength(source: usize, end: usize, least: usize): usize {
  let count = least;
  while (source < end && load<u8>(source) == 0) {
    count += 255;
    source++;
  }
  lengthEnd = source < end ? source + 1 : 0;
  return source < end ? count + <usize>load<u8>(source) : 0;
}

/** Returns the bytes written, or -1 if the block cannot be right or is longer than `capacity`. */
export function decompressLzo(source: usize, length: i32, out: usize, capacity: i32): i32 {
  const end = source + length;
  const start = out;
  const last = out + capacity;
  let state: u32 = 0;
  if (length > 0 && load<u8>(source) > 17) {
    const count = <usize>load<u8>(source++) - 17;
    if (end - source < count || last - out < count) return CORRUPT;
    copyLiterals(out, source, count);
    source += count;
    out += count;
    state = count < 4 ? <u32>count : AFTER_RUN;
  }
  while (source < end) {
    const instruction = <usize>load<u8>(source++);
    let count: usize;
    let distance: usize;
    let literals: usize;
    if (instruction < 16 && state == 0) {
      count = instruction + 3;
      if (instruction == 0) {
        count = longLength(source, end, 18);
        source = lengthEnd;
        if (source == 0) return CORRUPT;
      }
      if (end - source < count || last - out < count) return CORRUPT;
      copyLiterals(out, source, count);
      source += count;
      out += count;
      state = AFTER_RUN;
      continue;
    }
    if (instruction < 16) {
      if (source == end) return CORRUPT;
      distance = ((<usize>load<u8>(source++)) << 2) + (instruction >> 2) + 1;
      literals = instruction & 3;
      count = 2;
      if (state == AFTER_RUN) {
        distance += NEAR;
        count = 3;
      }
    } else if (instruction < 64) {
      const isFar = instruction < 32;
      const mask: usize = isFar ? 7 : 31;
      count = (instruction & mask) + 2;
      if (count == 2) {
        count = longLength(source, end, mask + 2);
        source = lengthEnd;
        if (source == 0) return CORRUPT;
      }
      if (end - source < 2) return CORRUPT;
      const rest = <usize>load<u16>(source);
      source += 2;
      literals = rest & 3;
      distance = (rest >> 2) + 1;
      if (isFar) {
        distance += <usize>MIDDLE - 1 + ((instruction & 8) << 11);
        if (distance == MIDDLE) return source == end ? <i32>(out - start) : CORRUPT;
      }
    } else {
      if (source == end) return CORRUPT;
      count = instruction < 128 ? ((instruction >> 5) & 1) + 3 : ((instruction >> 5) & 3) + 5;
      distance = ((<usize>load<u8>(source++)) << 3) + ((instruction >> 2) & 7) + 1;
      literals = instruction & 3;
    }
    if (distance > out - start || last - out < count) return CORRUPT;
    copyMatch(out, distance, count);
    out += count;
    if (end - source < literals || last - out < literals) return CORRUPT;
    copyLiterals(out, source, literals);
    source += literals;
    out += literals;
    state = <u32>literals;
  }
  return CORRUPT;
}

/** Returns the bytes written; room needed at `out`: 256/255 of the length and 32. */
export function compressLzo(source: usize, length: i32, out: usize): i32 {
  const start = out;
  const end = source + length;
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
    out = run(literals, at, literals == source, out);
    out = copy(distance, <u32>length, out);
    literals = at + length;
    if (literals < limit) {
      remember(source, at + 2);
      remember(source, literals - 2);
    }
    match = nextMatch(source, literals, limit, FURTHEST);
  }
  out = run(literals, end, literals == source, out);
  store<u32>(out, 0x11);
  return <i32>(out + 3 - start);
}

/** Up to three literals go into the two low bits of the instruction before, which every match has two bytes back. */
function run(from: usize, to: usize, isFirst: bool, out: usize): usize {
  const count = <u32>(to - from);
  if (count == 0) return out;
  if (isFirst && count <= 238) {
    store<u8>(out++, count + 17);
  } else if (count <= 3) {
    store<u8>(out - 2, load<u8>(out - 2) | count);
  } else if (count <= 18) {
    store<u8>(out++, count - 3);
  } else {
    store<u8>(out++, 0);
    out = extension(count - 18, out);
  }
  copyLiterals(out, from, count);
  return out + count;
}

function copy(distance: u32, length: u32, out: usize): usize {
  if (length <= 8 && distance <= NEAR) {
    const code = length <= 4 ? 0x40 | ((length - 3) << 5) : 0x80 | ((length - 5) << 5);
    store<u8>(out, code | (((distance - 1) & 7) << 2));
    store<u8>(out, (distance - 1) >> 3, 1);
    return out + 2;
  }
  const isFar = distance > MIDDLE;
  const longest: u32 = isFar ? 9 : 33;
  const rest = isFar ? distance - MIDDLE : distance - 1;
  const head: u32 = isFar ? 0x10 | ((rest >> 14) << 3) : 0x20;
  store<u8>(out++, head | (length <= longest ? length - 2 : 0));
  if (length > longest) out = extension(length - longest, out);
  store<u16>(out, (rest & 0x3fff) << 2);
  return out + 2;
}

/** A length above what the instruction holds: zeros for 255 each, then what is left. */
function extension(rest: u32, out: usize): usize {
  for (; rest > 255; rest -= 255) store<u8>(out++, 0);
  store<u8>(out++, rest);
  return out;
}
