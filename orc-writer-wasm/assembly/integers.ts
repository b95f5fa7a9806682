// Numbers between the caller's arrays, where a null has a slot, and the dense 64-bit arrays that the encodings take (no
// section of the specification).

export function isPresent(present: usize, bit: i32): bool {
  return present == 0 || ((<u32>load<u8>(present + (bit >> 3)) >> (bit & 7)) & 1) != 0;
}

/** Copies the 32-bit values that are present (`present` 0: all) to 64-bit ones and returns how many. */
export function widenIntegers(source: usize, count: i32, present: usize, presentBit: i32, out: usize): i32 {
  const start = out;
  for (let i = 0; i < count; i++) {
    if (!isPresent(present, presentBit + i)) continue;
    store<i64>(out, load<i32>(source + ((<usize>i) << 2)));
    out += 8;
  }
  return <i32>((out - start) >> 3);
}

/** The same without widening. */
export function copyIntegers(source: usize, count: i32, present: usize, presentBit: i32, out: usize): i32 {
  const start = out;
  for (let i = 0; i < count; i++) {
    if (!isPresent(present, presentBit + i)) continue;
    store<i32>(out, load<i32>(source + ((<usize>i) << 2)));
    out += 4;
  }
  return <i32>((out - start) >> 2);
}

/** The same for values that have 64 bits already, numbers of any kind. */
export function copyLongs(source: usize, count: i32, present: usize, presentBit: i32, out: usize): i32 {
  if (present == 0) {
    memory.copy(out, source, (<usize>count) << 3);
    return count;
  }
  const start = out;
  for (let i = 0; i < count; i++) {
    if (!isPresent(present, presentBit + i)) continue;
    store<i64>(out, load<i64>(source + ((<usize>i) << 3)));
    out += 8;
  }
  return <i32>((out - start) >> 3);
}

/** Gives each of `count` rows a 32-bit slot, 0 for a null; false if a value does not fit. */
export function narrowIntegers(source: usize, count: i32, present: usize, out: usize): bool {
  let fits = true;
  for (let i = 0; i < count; i++) {
    let value: i64 = 0;
    if (isPresent(present, i)) {
      value = load<i64>(source);
      source += 8;
    }
    fits = fits & (<i64>(<i32>value) == value);
    store<i32>(out + ((<usize>i) << 2), <i32>value);
  }
  return fits;
}

/** Gives each of `count` rows a 64-bit slot, 0 for a null. */
export function spreadLongs(source: usize, count: i32, present: usize, out: usize): void {
  if (present == 0) {
    memory.copy(out, source, (<usize>count) << 3);
    return;
  }
  for (let i = 0; i < count; i++) {
    let value: i64 = 0;
    if (isPresent(present, i)) {
      value = load<i64>(source);
      source += 8;
    }
    store<i64>(out + ((<usize>i) << 3), value);
  }
}

/** The same as narrowIntegers() for numbers that must be below `limit`. */
export function spreadIds(source: usize, count: i32, present: usize, limit: u32, out: usize): bool {
  let fits = true;
  for (let i = 0; i < count; i++) {
    let id: u64 = 0;
    if (isPresent(present, i)) {
      id = load<u64>(source);
      source += 8;
      fits = fits & (id < <u64>limit);
    }
    store<u32>(out + ((<usize>i) << 2), <u32>id);
  }
  return fits;
}

/** Copies the bytes that are present and returns how many. */
export function copyBytes(source: usize, count: i32, present: usize, presentBit: i32, out: usize): i32 {
  const start = out;
  for (let i = 0; i < count; i++) {
    if (isPresent(present, presentBit + i)) store<u8>(out++, load<u8>(source + i));
  }
  return <i32>(out - start);
}

/** Signed bytes as 64-bit numbers. */
export function widenBytes(source: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) store<i64>(out + ((<usize>i) << 3), load<i8>(source + i));
}

/** Gives each of `count` rows a byte, 0 for a null. */
export function spreadBytes(source: usize, count: i32, present: usize, out: usize): void {
  for (let i = 0; i < count; i++) store<u8>(out + i, isPresent(present, i) ? load<u8>(source++) : 0);
}

/** Gives each of `count` rows a 32-bit slot, 0 for a null. */
export function spreadIntegers(source: usize, count: i32, present: usize, out: usize): void {
  for (let i = 0; i < count; i++) {
    let value: i32 = 0;
    if (isPresent(present, i)) {
      value = load<i32>(source);
      source += 4;
    }
    store<i32>(out + ((<usize>i) << 2), value);
  }
}
