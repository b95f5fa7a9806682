// «String, Char, and VarChar Columns», DICTIONARY_V2: the dictionary of one string column in one stripe: every distinct value once, numbered by first appearance.
// An open-addressing table of 64-bit slots (hash in the high half, number + 1 in the low half) finds them.

import { areEqual, hashBytes } from './bytes';
import { allocate, release, results } from './memory';
import { sortItems } from './sort';

@unmanaged
class Dictionary {
  slots: usize;
  mask: u32;
  count: u32;
  /** Where each entry begins in `bytes`, and one more for the end of the last. */
  starts: usize;
  capacity: u32;
  bytes: usize;
  bytesCapacity: u32;
}

const FIRST_CAPACITY: u32 = 1024;
const FIRST_BYTES: u32 = 32768;

/** The address of an empty dictionary, or 0 without memory. */
export function newDictionary(): usize {
  const address = allocate(offsetof<Dictionary>());
  if (address == 0) return 0;
  const d = changetype<Dictionary>(address);
  d.mask = FIRST_CAPACITY * 2 - 1;
  d.count = 0;
  d.capacity = FIRST_CAPACITY;
  d.bytesCapacity = FIRST_BYTES;
  d.slots = allocate(FIRST_CAPACITY * 16);
  d.starts = allocate(FIRST_CAPACITY * 4 + 4);
  d.bytes = allocate(FIRST_BYTES);
  if (d.slots == 0 || d.starts == 0 || d.bytes == 0) return 0;
  memory.fill(d.slots, 0, FIRST_CAPACITY * 16);
  store<u32>(d.starts, 0);
  return address;
}

export function freeDictionary(address: usize): void {
  const d = changetype<Dictionary>(address);
  release(d.slots);
  release(d.starts);
  release(d.bytes);
  release(address);
}

const HASHED_TOGETHER: i32 = 128;
const hashes = memory.data(HASHED_TOGETHER * 8, 16);

/**
 * Numbers `count` strings. Returns how many were done: fewer than `count` when the next one would bring the entries
 * over `maximumBytes`, -1 without memory. results[0] is the number of entries, results[1] their bytes.
 */
export function intern(
  address: usize,
  addresses: usize,
  lengths: usize,
  count: i32,
  maximumBytes: u32,
  ids: usize,
): i32 {
  const d = changetype<Dictionary>(address);
  for (let done = 0; done < count; done += HASHED_TOGETHER) {
    // Hashes first: looking up is waiting for memory, and a processor waits for several look-ups at once if they
    // are close enough together.
    const part = min(count - done, HASHED_TOGETHER);
    for (let i = 0; i < part; i++) {
      const at = (<usize>(done + i)) << 2;
      store<u64>(hashes + ((<usize>i) << 3), hashBytes(load<u32>(addresses + at), load<u32>(lengths + at)));
    }
    for (let i = 0; i < part; i++) {
      const at = (<usize>(done + i)) << 2;
      const hash = load<u64>(hashes + ((<usize>i) << 3));
      const id = find(d, hash, load<u32>(addresses + at), load<u32>(lengths + at), maximumBytes);
      if (id == FULL) return report(d, done + i);
      if (id < 0) return -1;
      store<u32>(ids + at, id);
    }
  }
  return report(d, count);
}

/**
 * The same for strings that are themselves numbered in a dictionary of `sourceCount` entries; `map` has a cell for
 * each of those, 0 at first. -2 if a number is not below `sourceCount`.
 */
export function internMapped(
  address: usize,
  sourceIds: usize,
  count: i32,
  sourceAddresses: usize,
  sourceLengths: usize,
  sourceCount: u32,
  map: usize,
  maximumBytes: u32,
  ids: usize,
): i32 {
  const d = changetype<Dictionary>(address);
  let done = 0;
  for (; done < count; done++) {
    const source = load<u32>(sourceIds + ((<usize>done) << 2));
    if (source >= sourceCount) return -2;
    const cell = map + ((<usize>source) << 2);
    let id = <i32>load<u32>(cell) - 1;
    if (id < 0) {
      const at = (<usize>source) << 2;
      const from = load<u32>(sourceAddresses + at);
      const length = load<u32>(sourceLengths + at);
      id = find(d, hashBytes(from, length), from, length, maximumBytes);
      if (id == FULL) break;
      if (id < 0) return -1;
      store<u32>(cell, id + 1);
    }
    store<u32>(ids + ((<usize>done) << 2), id);
  }
  return report(d, done);
}

function report(d: Dictionary, done: i32): i32 {
  store<u32>(results, d.count);
  store<u32>(results, load<u32>(d.starts + ((<usize>d.count) << 2)), 4);
  return done;
}

const NO_MEMORY: i32 = -1;
const FULL: i32 = -2;

/** The number of a string, a new one if need be. */
function find(d: Dictionary, hash: u64, from: usize, length: u32, maximumBytes: u32): i32 {
  const high = hash & 0xffffffff00000000;
  let slot = <u32>hash & d.mask;
  for (;;) {
    const held = load<u64>(d.slots + ((<usize>slot) << 3));
    if (held == 0) break;
    if ((held & 0xffffffff00000000) == high && isEntry(d, <u32>held - 1, from, length))
      return <i32>(<u32>held - 1);
    slot = (slot + 1) & d.mask;
  }
  const end = load<u32>(d.starts + ((<usize>d.count) << 2));
  if (length > maximumBytes || end > maximumBytes - length) return FULL;
  if (!makeRoom(d, end + length)) return NO_MEMORY;
  memory.copy(d.bytes + end, from, length);
  const id = d.count++;
  store<u32>(d.starts + ((<usize>id) << 2), end + length, 4);
  put(d, high | (id + 1), <u32>hash);
  return id;
}

function isEntry(d: Dictionary, id: u32, from: usize, length: u32): bool {
  const start = load<u32>(d.starts + ((<usize>id) << 2));
  return (
    load<u32>(d.starts + ((<usize>id) << 2), 4) - start == length && areEqual(d.bytes + start, from, length)
  );
}

function put(d: Dictionary, held: u64, hash: u32): void {
  let slot = hash & d.mask;
  while (load<u64>(d.slots + ((<usize>slot) << 3)) != 0) slot = (slot + 1) & d.mask;
  store<u64>(d.slots + ((<usize>slot) << 3), held);
}

/** Room for one more entry, and for `bytes` of them with 16 to spare for comparisons. */
function makeRoom(d: Dictionary, bytes: u32): bool {
  if (bytes > d.bytesCapacity - 16) {
    const capacity = max(d.bytesCapacity * 2, bytes + 16);
    const moved = grown(d.bytes, d.bytesCapacity, capacity);
    if (moved == 0) return false;
    d.bytes = moved;
    d.bytesCapacity = capacity;
  }
  if (d.count < d.capacity) return true;
  const starts = grown(d.starts, d.capacity * 4 + 4, d.capacity * 8 + 4);
  if (starts == 0) return false;
  d.starts = starts;
  d.capacity *= 2;
  const size = (<usize>d.capacity) << 4;
  release(d.slots);
  const slots = allocate(size);
  if (slots == 0) return false;
  memory.fill(slots, 0, size);
  d.slots = slots;
  d.mask = d.capacity * 2 - 1;
  for (let id: u32 = 0; id < d.count; id++) {
    const start = load<u32>(d.starts + ((<usize>id) << 2));
    const hash = hashBytes(d.bytes + start, load<u32>(d.starts + ((<usize>id) << 2), 4) - start);
    put(d, (hash & 0xffffffff00000000) | (id + 1), <u32>hash);
  }
  return true;
}

function grown(block: usize, size: usize, capacity: usize): usize {
  const moved = allocate(capacity);
  if (moved == 0) return 0;
  memory.copy(moved, block, size);
  release(block);
  return moved;
}

/** Where the entries with these numbers are. */
export function locateEntries(
  address: usize,
  ids: usize,
  count: i32,
  addresses: usize,
  lengths: usize,
): void {
  const d = changetype<Dictionary>(address);
  for (let i = 0; i < count; i++) {
    const cell = d.starts + ((<usize>load<u32>(ids + ((<usize>i) << 2))) << 2);
    const start = load<u32>(cell);
    store<u32>(addresses + ((<usize>i) << 2), <u32>(d.bytes + start));
    store<u32>(lengths + ((<usize>i) << 2), load<u32>(cell, 4) - start);
  }
}

/**
 * Sorts the entries as unsigned bytes: `order` receives their numbers in that order, `ranks` the place of each
 * number. `items` is working room of 16 bytes an entry.
 */
export function sortDictionary(address: usize, order: usize, ranks: usize, items: usize): void {
  const d = changetype<Dictionary>(address);
  for (let i: u32 = 0; i < d.count; i++)
    store<usize>(items + ((<usize>i) << 4), d.starts + ((<usize>i) << 2), 8);
  sortItems(items, d.count, d.bytes);
  for (let i: u32 = 0; i < d.count; i++) {
    const id = (load<usize>(items + ((<usize>i) << 4), 8) - d.starts) >> 2;
    store<u32>(order + ((<usize>i) << 2), <u32>id);
    store<u32>(ranks + (id << 2), i);
  }
}

/**
 * Replaces numbers by ranks as 64-bit values, given the lengths of the entries in that order. results[0] and [1] are
 * the lowest and the highest rank; the sum of the lengths is returned.
 */
export function rankIds(ids: usize, count: i32, ranks: usize, lengths: usize, out: usize): f64 {
  let lowest: u32 = u32.MAX_VALUE;
  let highest: u32 = 0;
  let total: u64 = 0;
  for (let i = 0; i < count; i++) {
    const rank = load<u32>(ranks + ((<usize>load<u32>(ids + ((<usize>i) << 2))) << 2));
    lowest = min(lowest, rank);
    highest = max(highest, rank);
    total += load<u32>(lengths + ((<usize>rank) << 2));
    store<u64>(out + ((<usize>i) << 3), rank);
  }
  store<u32>(results, lowest);
  store<u32>(results, highest, 4);
  return <f64>total;
}
