// Sorting strings as unsigned bytes: quicksort on seven bytes of each, then on the next seven of those that are equal
// so far (multikey quicksort, Bentley and Sedgewick 1997).

import { compareBytes } from './bytes';

/**
 * An item has 16 bytes: its key, and the address of a cell with the offset at which its string begins, the next cell
 * holding the one at which it ends.
 */
const ITEM: usize = 16;
const KEY_BYTES: u32 = 7;
/** Up to so many items are sorted by insertion. */
const FEW: usize = 12 * ITEM;

const SPAN: usize = 12;
/** Spans that are left: first item, end, depth. */
const spans = memory.data(128 * 12, 16);

/** Sorts `count` items by their strings in `bytes`, all different; keys need not be there. Reads 8 bytes after each. */
export function sortItems(items: usize, count: i32, bytes: usize): void {
  const end = items + <usize>count * ITEM;
  loadKeys(items, end, bytes, 0);
  let top = addSpan(spans, items, end, 0);
  while (top > spans) {
    top -= SPAN;
    const low = load<usize>(top);
    const high = load<usize>(top, 4);
    const depth = load<u32>(top, 8);
    if (high - low <= FEW) {
      insertionSort(low, high, bytes, depth);
      continue;
    }
    const pivot = pivotOf(low, high);
    let below = low;
    let above = high;
    for (let at = low; at < above;) {
      const key = load<u64>(at);
      if (key > pivot) {
        above -= ITEM;
        swap(at, above);
      } else {
        if (key < pivot) {
          swap(at, below);
          below += ITEM;
        }
        at += ITEM;
      }
    }
    // A key that ends its string is the only one of its kind.
    if (above - below > ITEM) loadKeys(below, above, bytes, depth + KEY_BYTES);
    // The largest span waits longest, so there are never more than two for each halving.
    const largest = max(below - low, max(above - below, high - above));
    const first = top;
    top = addSpan(top, low, below, depth);
    top = addSpan(top, below, above, depth + KEY_BYTES);
    top = addSpan(top, above, high, depth);
    if (largest == above - below) swapSpans(first, first + SPAN);
    else if (largest == high - above) swapSpans(first, first + 2 * SPAN);
  }
}

function addSpan(at: usize, low: usize, high: usize, depth: u32): usize {
  store<usize>(at, low);
  store<usize>(at, high, 4);
  store<u32>(at, depth, 8);
  return at + SPAN;
}

function swapSpans(a: usize, b: usize): void {
  const held = load<u64>(a);
  const depth = load<u32>(a, 8);
  store<u64>(a, load<u64>(b));
  store<u32>(a, load<u32>(b, 8), 8);
  store<u64>(b, held);
  store<u32>(b, depth, 8);
}

/** The bytes from `depth` on, and how many are left, which tells apart strings of which one begins with the other. */
function loadKeys(low: usize, high: usize, bytes: usize, depth: u32): void {
  for (let item = low; item < high; item += ITEM) {
    const cell = load<usize>(item, 8);
    const start = load<u32>(cell);
    const left = min(load<u32>(cell, 4) - start - depth, KEY_BYTES + 1);
    const kept = left == 0 ? 0 : (u64.MAX_VALUE << (64 - ((<u64>left) << 3))) & ~(<u64>0xff);
    store<u64>(item, (bswap(load<u64>(bytes + start + depth)) & kept) | <u64>left);
  }
}

/** The middle one of three keys from anywhere. */
function pivotOf(low: usize, high: usize): u64 {
  const step = (high - low) / ITEM / 4;
  const a = load<u64>(low + step * ITEM);
  const b = load<u64>(low + step * 2 * ITEM);
  const c = load<u64>(low + step * 3 * ITEM);
  return max(min(a, b), min(max(a, b), c));
}

function insertionSort(low: usize, high: usize, bytes: usize, depth: u32): void {
  for (let item = low + ITEM; item < high; item += ITEM) {
    const key = load<u64>(item);
    const cell = load<usize>(item, 8);
    let at = item;
    for (; at > low && isBefore(key, cell, at - ITEM, bytes, depth); at -= ITEM) {
      v128.store(at, v128.load(at - ITEM));
    }
    store<u64>(at, key);
    store<usize>(at, cell, 8);
  }
}

function isBefore(key: u64, cell: usize, other: usize, bytes: usize, depth: u32): bool {
  const otherKey = load<u64>(other);
  if (key != otherKey) return key < otherKey;
  const otherCell = load<usize>(other, 8);
  const start = load<u32>(cell) + depth;
  const otherStart = load<u32>(otherCell) + depth;
  return (
    compareBytes(
      bytes + start,
      load<u32>(cell, 4) - start,
      bytes + otherStart,
      load<u32>(otherCell, 4) - otherStart,
    ) < 0
  );
}

function swap(a: usize, b: usize): void {
  const held = v128.load(a);
  v128.store(a, v128.load(b));
  v128.store(b, held);
}
