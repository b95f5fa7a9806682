// «Column Statistics»: minimum, maximum and sum of dense arrays, added to a state that the host keeps for the row group.

import { compareBytes } from './bytes';
import { results } from './memory';

/** The state: minimum, maximum and sum as i64, then whether the sum has overflown as i32. */
export function integerStatistics(values: usize, count: i32, state: usize): void {
  let lowest = load<i64>(state);
  let highest = load<i64>(state, 8);
  let sum = load<i64>(state, 16);
  let overflow: i64 = 0;
  for (let i = 0; i < count; i++) {
    const value = load<i64>(values + ((<usize>i) << 3));
    lowest = min(lowest, value);
    highest = max(highest, value);
    const next = sum + value;
    overflow |= (sum ^ next) & (value ^ next);
    sum = next;
  }
  store<i64>(state, lowest);
  store<i64>(state, highest, 8);
  store<i64>(state, sum, 16);
  if (overflow < 0) store<i32>(state, 1, 24);
}

/** The state: seconds and nanoseconds of the minimum, then of the maximum, each as i64. */
export function timestampStatistics(seconds: usize, nanos: usize, count: i32, state: usize): void {
  let lowest = load<i64>(state);
  let lowestNanos = load<i64>(state, 8);
  let highest = load<i64>(state, 16);
  let highestNanos = load<i64>(state, 24);
  for (let i = 0; i < count; i++) {
    const second = load<i64>(seconds + ((<usize>i) << 3));
    const nano = load<i64>(nanos + ((<usize>i) << 3));
    if (second < lowest || (second == lowest && nano < lowestNanos)) {
      lowest = second;
      lowestNanos = nano;
    }
    if (second > highest || (second == highest && nano > highestNanos)) {
      highest = second;
      highestNanos = nano;
    }
  }
  store<i64>(state, lowest);
  store<i64>(state, lowestNanos, 8);
  store<i64>(state, highest, 16);
  store<i64>(state, highestNanos, 24);
}

/** results[0] and [1]: which of the strings (one at least) is the smallest and which the largest. */
export function stringExtremes(addresses: usize, lengths: usize, count: i32): void {
  let lowest = 0;
  let highest = 0;
  let low = load<u32>(addresses);
  let lowLength = load<u32>(lengths);
  let high = low;
  let highLength = lowLength;
  for (let i = 1; i < count; i++) {
    const address = load<u32>(addresses + ((<usize>i) << 2));
    const length = load<u32>(lengths + ((<usize>i) << 2));
    if (compareBytes(address, length, high, highLength) > 0) {
      highest = i;
      high = address;
      highLength = length;
    } else if (compareBytes(address, length, low, lowLength) < 0) {
      lowest = i;
      low = address;
      lowLength = length;
    }
  }
  store<i32>(results, lowest);
  store<i32>(results, highest, 4);
}

/** The state: minimum, maximum and sum as f64, then whether there was a NaN as i32. */
export function doubleStatistics(values: usize, count: i32, state: usize): void {
  let lowest = load<f64>(state);
  let highest = load<f64>(state, 8);
  let sum = load<f64>(state, 16);
  let hasNaN = load<i32>(state, 24);
  for (let i = 0; i < count; i++) {
    const value = load<f64>(values + ((<usize>i) << 3));
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    hasNaN |= <i32>(value != value);
    sum += value;
  }
  store<f64>(state, lowest);
  store<f64>(state, highest, 8);
  store<f64>(state, sum, 16);
  store<i32>(state, hasNaN, 24);
}

/** Floats as doubles. */
export function promoteFloats(source: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++)
    store<f64>(out + ((<usize>i) << 3), <f64>load<f32>(source + ((<usize>i) << 2)));
}
