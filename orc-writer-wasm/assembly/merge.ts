// Merging sorted rows of several sources by their keys (no part of the ORC specification; see sort-keys.ts for keys).
//
// A tree of losers holds the row that each source comes to next: every inner node remembers the source that lost
// there, the winner of all stands on top, so the next winner costs one comparison a level. Rows whose keys agree in
// their first part are a group. In a group, rows that agree in their third part are duplicates, of which one is kept.

import { compareBytes, hashBytes } from './bytes';
import { allocate, release, results } from './memory';
import { RECORD_BYTES } from './sort-keys';

@unmanaged
class Source {
  /** The record of the next row, or 0 at the end. */
  head: u32;
  row: u32;
  rows: u32;
  slot: u32;
  /** Whether to tell the host when the next row is the least of all. */
  pauses: u32;
}

@unmanaged
class Merge {
  sources: usize;
  /** Losers by node; node 0 has the winner. */
  tree: usize;
  count: u32;
  /** The source that won and has not yet said what comes next in it, and one more; or 0. */
  waiting: u32;
  keep: u32;
  /** The record of the row kept last, or 0. */
  last: u32;
  /** Picks, and those of them before the open group. */
  picked: u32;
  closed: u32;
  /** Whether some picks of the open group were replaced by later ones. */
  hasHoles: u32;
  /** Finds picks of a large group by the hash of what duplicates share: their numbers and one more. */
  table: usize;
  tableCells: u32;
  tableMask: u32;
  tabled: u32;
  /** Where the table has the pick that was found last, or 0. */
  found: usize;
}

const KEEP_ALL: u32 = 0;
const KEEP_FIRST: u32 = 1;
const KEEP_LAST: u32 = 2;

const FULL: u32 = 0;
const NEEDS_BATCH: u32 = 1;
const PAUSED: u32 = 2;
const FINISHED: u32 = 3;
const NOT_SORTED: u32 = 4;
const NO_MEMORY: u32 = 5;

const HOLE: u32 = u32.MAX_VALUE;
/** Groups up to this size are searched row by row. */
const SMALL_GROUP: u32 = 16;

/** `keep`: 0 all rows, of duplicates 1 the first, 2 the last, 3 the one with the greatest fourth part of the key. */
export function newMerge(count: u32, keep: u32): usize {
  const address = allocate(offsetof<Merge>());
  if (address == 0) return 0;
  const m = changetype<Merge>(address);
  m.count = count;
  m.keep = keep;
  m.waiting = 0;
  m.last = 0;
  m.picked = 0;
  m.closed = 0;
  m.hasHoles = 0;
  m.table = 0;
  m.tableCells = 0;
  m.tableMask = 0;
  m.tabled = 0;
  m.found = 0;
  m.sources = allocate(<usize>count * offsetof<Source>());
  m.tree = allocate((<usize>count) << 2);
  if (m.sources == 0 || m.tree == 0) return 0;
  memory.fill(m.sources, 0, <usize>count * offsetof<Source>());
  return address;
}

/** Gives a source its next batch: `rows` records at `records`; none at its end. */
export function giveBatch(
  address: usize,
  source: u32,
  slot: u32,
  records: usize,
  rows: u32,
  pauses: u32,
): void {
  const s = sourceOf(changetype<Merge>(address), source);
  s.head = rows == 0 ? 0 : <u32>records;
  s.row = 0;
  s.rows = rows;
  s.slot = slot;
  s.pauses = pauses;
}

/** Lets the first rows of all sources compete; every source has had its first batch. */
export function startMerge(address: usize): void {
  const m = changetype<Merge>(address);
  // Sources enter one after the other and stop at the first node that nobody has come to yet.
  for (let node: u32 = 0; node < m.count; node++) store<u32>(m.tree + ((<usize>node) << 2), HOLE);
  for (let source: u32 = 0; source < m.count; source++) {
    let winner = source;
    let node = (source + m.count) >> 1;
    for (; node > 0; node >>= 1) {
      const cell = m.tree + ((<usize>node) << 2);
      const other = load<u32>(cell);
      if (other == HOLE) {
        store<u32>(cell, winner);
        break;
      }
      if (isBefore(m, other, winner)) {
        store<u32>(cell, winner);
        winner = other;
      }
    }
    if (node == 0) store<u32>(m.tree, winner);
  }
}

/**
 * Picks rows in order until there are `capacity` of them; `slots` says where the records of each slot are. results[0] says why it ended, results[1] the source
 * concerned, results[2] the number of picks, results[3] how many of them are final, results[4] the duplicates left
 * out.
 */
export function mergeRows(address: usize, slots: usize, picks: usize, capacity: u32): void {
  const m = changetype<Merge>(address);
  let duplicates: u32 = 0;
  let winner: u32 = 0;
  let ending = FULL;
  while (m.picked < capacity) {
    if (m.waiting != 0) {
      replay(m, m.waiting - 1);
      m.waiting = 0;
    }
    winner = load<u32>(m.tree);
    const source = sourceOf(m, winner);
    const record = source.head;
    if (record == 0) {
      closeGroup(m, picks);
      ending = FINISHED;
      break;
    }
    if (source.pauses != 0) {
      source.pauses = 0;
      ending = PAUSED;
      break;
    }
    if (m.last != 0) {
      const order = compareKeys(m.last, record, START, GROUP_END);
      if (order > 0 || (order == 0 && compareKeys(m.last, record, GROUP_END, KEY_END) > 0)) {
        ending = NOT_SORTED;
        break;
      }
      if (order != 0 || m.keep == KEEP_ALL) closeGroup(m, picks);
    }
    const twin = m.picked == m.closed ? NONE : findTwin(m, slots, picks, record);
    if (twin == TROUBLE) {
      ending = NO_MEMORY;
      break;
    }
    if (twin != NONE) duplicates++;
    if (twin == NONE || isBetter(m, recordOf(slots, picks, twin), record)) {
      if (twin != NONE) dropTwin(m, picks, twin);
      const pick = picks + ((<usize>m.picked) << 3);
      store<u32>(pick, source.slot);
      store<u32>(pick, source.row, 4);
      m.last = record;
      m.picked++;
    }
    if (!advance(source)) {
      m.waiting = winner + 1;
      ending = NEEDS_BATCH;
      break;
    }
    replay(m, winner);
  }
  store<u32>(results, ending);
  store<u32>(results, winner, 4);
  store<u32>(results, m.picked, 8);
  store<u32>(results, m.closed, 12);
  store<u32>(results, duplicates, 16);
}

const NONE: i32 = -1;
const TROUBLE: i32 = -2;

const START: usize = 0;
const GROUP_END: usize = 4;
const KEY_END: usize = 8;
const TWIN_END: usize = 12;
const END: usize = 16;

function sourceOf(m: Merge, source: u32): Source {
  return changetype<Source>(m.sources + <usize>source * offsetof<Source>());
}

/** Compares what lies between two places of the keys. */
function compareKeys(a: usize, b: usize, from: usize, to: usize): i32 {
  const aStart = load<u32>(a + from);
  const bStart = load<u32>(b + from);
  return compareBytes(aStart, load<u32>(a + to) - aStart, bStart, load<u32>(b + to) - bStart);
}

/** Of equal rows, that of the earlier source comes first. */
function isBefore(m: Merge, a: u32, b: u32): bool {
  const aHead = sourceOf(m, a).head;
  const bHead = sourceOf(m, b).head;
  if (aHead == 0 || bHead == 0) return aHead != 0 || (bHead == 0 && a < b);
  const order = compareKeys(aHead, bHead, START, KEY_END);
  return order < 0 || (order == 0 && a < b);
}

/** Lets the next row of a source compete on its way to the top. */
function replay(m: Merge, source: u32): void {
  let winner = source;
  for (let node = (source + m.count) >> 1; node > 0; node >>= 1) {
    const cell = m.tree + ((<usize>node) << 2);
    const other = load<u32>(cell);
    if (isBefore(m, other, winner)) {
      store<u32>(cell, winner);
      winner = other;
    }
  }
  store<u32>(m.tree, winner);
}

/** Goes on to the next row of a batch; false at its end. */
function advance(source: Source): bool {
  source.row++;
  source.head += <u32>RECORD_BYTES;
  return source.row < source.rows;
}

function recordOf(slots: usize, picks: usize, pick: u32): usize {
  const cell = picks + ((<usize>pick) << 3);
  const records: usize = load<u32>(slots + ((<usize>load<u32>(cell)) << 2));
  return records + <usize>load<u32>(cell, 4) * RECORD_BYTES;
}

function isBetter(m: Merge, old: usize, record: usize): bool {
  if (m.keep == KEEP_FIRST) return false;
  return m.keep == KEEP_LAST || compareKeys(old, record, TWIN_END, END) < 0;
}

/** The pick of the open group that a row is a duplicate of. */
function findTwin(m: Merge, slots: usize, picks: usize, record: usize): i32 {
  m.found = 0;
  if (m.picked - m.closed > SMALL_GROUP) return findInTable(m, slots, picks, record);
  for (let pick = m.picked; pick > m.closed; pick--) {
    if (isTwin(slots, picks, pick - 1, record)) return <i32>(pick - 1);
  }
  return NONE;
}

function isTwin(slots: usize, picks: usize, pick: u32, record: usize): bool {
  return (
    load<u32>(picks + ((<usize>pick) << 3)) != HOLE &&
    compareKeys(recordOf(slots, picks, pick), record, KEY_END, TWIN_END) == 0
  );
}

function findInTable(m: Merge, slots: usize, picks: usize, record: usize): i32 {
  if (!fillTable(m, slots, picks)) return TROUBLE;
  for (let cell = hashOfTwins(record); ; cell++) {
    const at = m.table + ((<usize>(cell & m.tableMask)) << 2);
    const held = load<u32>(at);
    if (held == 0) return NONE;
    if (!isTwin(slots, picks, held - 1, record)) continue;
    m.found = at;
    return <i32>(held - 1);
  }
}

/** Brings the latest picks of the open group into the table. */
function fillTable(m: Merge, slots: usize, picks: usize): bool {
  const least = (m.picked - m.closed) << 1;
  if (m.tabled == 0 || least > m.tableMask) {
    const cells = (<u32>1) << (33 - clz(least));
    if (cells > m.tableCells) {
      release(m.table);
      m.table = allocate((<usize>cells) << 2);
      if (m.table == 0) return false;
      m.tableCells = cells;
    }
    memory.fill(m.table, 0, (<usize>cells) << 2);
    m.tableMask = cells - 1;
    m.tabled = m.closed;
  }
  for (; m.tabled < m.picked; m.tabled++) {
    if (load<u32>(picks + ((<usize>m.tabled) << 3)) == HOLE) continue;
    let cell = hashOfTwins(recordOf(slots, picks, m.tabled));
    while (load<u32>(m.table + ((<usize>(cell & m.tableMask)) << 2)) != 0) cell++;
    store<u32>(m.table + ((<usize>(cell & m.tableMask)) << 2), m.tabled + 1);
  }
  return true;
}

function hashOfTwins(record: usize): u32 {
  const start = load<u32>(record + KEY_END);
  return <u32>hashBytes(start, load<u32>(record + TWIN_END) - start);
}

/** Rows stay in order, so a better one goes behind the others of its group. */
function dropTwin(m: Merge, picks: usize, twin: u32): void {
  if (twin == m.picked - 1) {
    m.picked--;
    return;
  }
  store<u32>(picks + ((<usize>twin) << 3), HOLE);
  m.hasHoles = 1;
  if (m.found == 0) return;
  store<u32>(m.found, m.picked + 1);
  m.tabled = m.picked + 1;
}

function closeGroup(m: Merge, picks: usize): void {
  fillHoles(m, picks);
  m.closed = m.picked;
  m.tabled = 0;
}

function fillHoles(m: Merge, picks: usize): void {
  if (m.hasHoles == 0) return;
  let to = m.closed;
  for (let from = m.closed; from < m.picked; from++) {
    const pick = load<u64>(picks + ((<usize>from) << 3));
    if (<u32>pick == HOLE) continue;
    store<u64>(picks + ((<usize>to) << 3), pick);
    to++;
  }
  m.picked = to;
  m.hasHoles = 0;
  m.tabled = 0;
}

/** Forgets the picks that are final and brings the others to the front; returns how many those are. */
export function forgetPicks(address: usize, picks: usize): u32 {
  const m = changetype<Merge>(address);
  fillHoles(m, picks);
  const open = m.picked - m.closed;
  memory.copy(picks, picks + ((<usize>m.closed) << 3), (<usize>open) << 3);
  m.picked = open;
  m.closed = 0;
  m.tabled = 0;
  return open;
}

/**
 * Whether the rows up to `end` of the source that paused can be taken without looking at them: they are not before the
 * row kept last nor in its group, and all other sources come to later groups.
 */
export function standsAlone(address: usize, source: u32, end: usize): bool {
  const m = changetype<Merge>(address);
  const first = sourceOf(m, source).head;
  if (compareKeys(first, end, START, KEY_END) > 0) return false;
  if (m.last != 0 && compareKeys(m.last, first, START, GROUP_END) >= 0) return false;
  for (let other: u32 = 0; other < m.count; other++) {
    const head = sourceOf(m, other).head;
    if (other != source && head != 0 && compareKeys(end, head, START, GROUP_END) >= 0) return false;
  }
  return true;
}

/**
 * The rows up to `end` are taken otherwise, and the source that paused needs a batch. The open group is closed; returns
 * the number of picks.
 */
export function skipRows(address: usize, picks: usize, source: u32, end: usize): u32 {
  const m = changetype<Merge>(address);
  closeGroup(m, picks);
  m.last = <u32>end;
  m.waiting = source + 1;
  return m.picked;
}
