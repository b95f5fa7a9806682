import { readFileSync } from 'node:fs';
import { MemoryLimitError } from './errors.ts';

// Neither the language's library nor Node's types describe it; the DOM's would bring a thousand other names along.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** The functions of `assembly/`; addresses and sizes are byte counts, flags are 0 or 1. */
export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly results: { readonly value: number };
  startKeys(lengths: number, count: number, fixed: number): void;
  measureStrings(
    ids: number,
    offsets: number,
    data: number,
    present: number,
    count: number,
    lengths: number,
  ): number;
  placeKeys(lengths: number, count: number, keys: number, records: number): void;
  endPart(records: number, count: number, part: number): void;
  addStringKeys(
    ids: number,
    offsets: number,
    data: number,
    present: number,
    count: number,
    flags: number,
    records: number,
  ): void;
  addIntegerKeys(
    values: number,
    width: number,
    present: number,
    count: number,
    flags: number,
    records: number,
  ): void;
  addSignKeys(values: number, present: number, count: number, flags: number, records: number): void;
  addUnsignedKeys(values: number, present: number, count: number, flags: number, records: number): void;
  addDoubleKeys(
    values: number,
    isFloat: number,
    present: number,
    count: number,
    flags: number,
    records: number,
  ): void;
  addBitKeys(bits: number, present: number, count: number, flags: number, records: number): void;
  newMerge(count: number, keep: number): number;
  giveBatch(merge: number, source: number, slot: number, records: number, rows: number, pauses: number): void;
  startMerge(merge: number): void;
  mergeRows(merge: number, slots: number, picks: number, capacity: number): void;
  forgetPicks(merge: number, picks: number): number;
  standsAlone(merge: number, source: number, end: number): number;
  skipRows(merge: number, picks: number, source: number, end: number): number;
  gatherValues(picks: number, count: number, table: number, width: number, out: number): void;
  gatherBits(picks: number, count: number, table: number, out: number): number;
  gatherNumbers(
    picks: number,
    count: number,
    table: number,
    sets: number,
    bases: number,
    out: number,
  ): number;
  pickNumbered(picks: number, count: number, table: number, sets: number, out: number): void;
  gatherOffsets(picks: number, count: number, table: number, out: number): number;
  gatherData(picks: number, count: number, offsets: number, data: number, out: number): void;
  expandPicks(picks: number, count: number, table: number, out: number): void;
  allocate(size: number): number;
  release(address: number): void;
  releaseAll(): void;
  encodeIntegers(
    values: number,
    count: number,
    signed: number,
    aligned: number,
    final: number,
    out: number,
  ): number;
  decodeIntegers1(source: number, length: number, signed: number, out: number, capacity: number): number;
  decodeIntegers(source: number, length: number, signed: number, out: number, capacity: number): number;
  encodeBytes(values: number, count: number, final: number, out: number): number;
  decodeBytes(source: number, length: number, out: number, capacity: number): number;
  packBits(
    source: number,
    sourceBit: number,
    select: number,
    selectBit: number,
    count: number,
    target: number,
    targetBit: number,
  ): number;
  unpackBits(source: number, sourceBit: number, select: number, count: number, target: number): number;
  countBits(source: number, bit: number, count: number): number;
  cutStrings(addresses: number, lengths: number, count: number, most: number): void;
  padStrings(addresses: number, lengths: number, count: number, most: number, out: number): void;
  listLengths(offsets: number, count: number, present: number, presentBit: number, out: number): number;
  matchTags(tags: number, count: number, present: number, tag: number, target: number): number;
  areTags(tags: number, count: number, variants: number): number;
  joinDecimals(
    lows: number,
    highs: number,
    count: number,
    present: number,
    presentBit: number,
    out: number,
  ): number;
  splitDecimals(values: number, count: number, present: number, lows: number, highs: number): number;
  haveDigits(values: number, count: number, precision: number): number;
  encodeDecimals(values: number, count: number, out: number): number;
  decodeDecimals(source: number, length: number, out: number, capacity: number): number;
  rescaleDecimals(values: number, scales: number, count: number, scale: number): number;
  decimalStatistics(values: number, count: number, state: number): void;
  widenIntegers(source: number, count: number, present: number, presentBit: number, out: number): number;
  copyIntegers(source: number, count: number, present: number, presentBit: number, out: number): number;
  copyLongs(source: number, count: number, present: number, presentBit: number, out: number): number;
  narrowIntegers(source: number, count: number, present: number, out: number): number;
  spreadLongs(source: number, count: number, present: number, out: number): void;
  spreadIds(source: number, count: number, present: number, limit: number, out: number): number;
  copyBytes(source: number, count: number, present: number, presentBit: number, out: number): number;
  widenBytes(source: number, count: number, out: number): void;
  spreadBytes(source: number, count: number, present: number, out: number): void;
  spreadIntegers(source: number, count: number, present: number, out: number): void;
  integerStatistics(values: number, count: number, state: number): void;
  timestampStatistics(seconds: number, nanos: number, count: number, state: number): void;
  doubleStatistics(values: number, count: number, state: number): void;
  promoteFloats(source: number, count: number, out: number): void;
  stringExtremes(addresses: number, lengths: number, count: number): void;
  locateStrings(
    offsets: number,
    count: number,
    present: number,
    presentBit: number,
    data: number,
    base: number,
    size: number,
    addresses: number,
    lengths: number,
  ): number;
  pickStrings(
    ids: number,
    count: number,
    sourceAddresses: number,
    sourceLengths: number,
    sourceCount: number,
    addresses: number,
    lengths: number,
  ): number;
  widenLengths(lengths: number, count: number, out: number): number;
  gatherStrings(addresses: number, lengths: number, count: number, capacity: number, out: number): number;
  areAdjacent(addresses: number, lengths: number, count: number, total: number): number;
  writeOffsets(lengths: number, count: number, present: number, out: number): number;
  measureEntries(
    ids: number,
    count: number,
    present: number,
    entryOffsets: number,
    entryCount: number,
    out: number,
  ): number;
  gatherEntries(ids: number, count: number, entryOffsets: number, entries: number, out: number): void;
  newDictionary(): number;
  freeDictionary(dictionary: number): void;
  intern(
    dictionary: number,
    addresses: number,
    lengths: number,
    count: number,
    maximumBytes: number,
    ids: number,
  ): number;
  internMapped(
    dictionary: number,
    sourceIds: number,
    count: number,
    sourceAddresses: number,
    sourceLengths: number,
    sourceCount: number,
    map: number,
    maximumBytes: number,
    ids: number,
  ): number;
  locateEntries(dictionary: number, ids: number, count: number, addresses: number, lengths: number): void;
  sortDictionary(dictionary: number, order: number, ranks: number, items: number): void;
  rankIds(ids: number, count: number, ranks: number, lengths: number, out: number): number;
  compressSnappy(source: number, length: number, out: number): number;
  decompressSnappy(source: number, length: number, out: number, capacity: number): number;
  compressLz4(source: number, length: number, out: number): number;
  decompressLz4(source: number, length: number, out: number, capacity: number): number;
  compressLzo(source: number, length: number, out: number): number;
  decompressLzo(source: number, length: number, out: number, capacity: number): number;
  addLongs(values: number, count: number, filter: number, bits: number, functions: number): void;
  addStrings(
    addresses: number,
    lengths: number,
    count: number,
    filter: number,
    bits: number,
    functions: number,
  ): void;
  mayHaveLong(value: number, filter: number, bits: number, functions: number): number;
  mayHaveString(address: number, length: number, filter: number, bits: number, functions: number): number;
  toMillis(seconds: number, nanos: number, count: number, out: number): void;
  splitMillis(millis: number, count: number, seconds: number, nanos: number): number;
  checkTimestamps(seconds: number, nanos: number, count: number, shift: number): number;
  encodeTimestamps(seconds: number, nanos: number, count: number): void;
  decodeTimestamps(seconds: number, nanos: number, count: number, base: number): number;
}

/** One instance of the WebAssembly module. Its views are valid until the next allocation, so take them afresh. */
export interface Core {
  readonly kernels: Kernels;
  /** The bytes that its memory may grow to. */
  limit: number;
  readonly bytes: Uint8Array;
  readonly int32: Int32Array;
  readonly int64: BigInt64Array;
  readonly float64: Float64Array;
  /** @throws {MemoryLimitError} when the limit of who borrowed it, or the 4 GiB of a WebAssembly memory, are used up */
  allocate(size: number): number;
  release(address: number): void;
  /** What the last function left behind as its `index`-th further result. */
  result(index: number): number;
}

const idle: Core[] = [];
const IDLE_CORES = 4;
const IDLE_CORE_BYTES = 128 * 2 ** 20;

/**
 * Takes an instance for one writer or reader that has at most `heldBytes` now and may grow to `limit`; instances are
 * kept for the next one, because fresh memory is slow.
 */
export function borrowCore(limit = Infinity, heldBytes = limit): Core {
  const found = idle.findLastIndex(({ bytes }) => bytes.length <= heldBytes);
  const core = idle.splice(found, found < 0 ? 0 : 1)[0] ?? createCore();
  core.limit = limit;
  return core;
}

/** Everything allocated in it is gone. */
export function returnCore(core: Core): void {
  core.kernels.releaseAll();
  if (idle.length < IDLE_CORES && core.bytes.length <= IDLE_CORE_BYTES) idle.push(core);
}

export function createCore(): Core {
  // The module is built from assembly/, so the type is what Kernels says.
  const kernels = new WebAssembly.Instance(compiledModule(), abort).exports as Kernels;
  const results = kernels.results.value;
  let bytes = new Uint8Array(kernels.memory.buffer);
  let int32 = new Int32Array(kernels.memory.buffer);
  let int64 = new BigInt64Array(kernels.memory.buffer);
  let float64 = new Float64Array(kernels.memory.buffer);

  const core: Core = {
    kernels,
    limit: Infinity,
    get bytes() {
      refresh();
      return bytes;
    },
    get int32() {
      refresh();
      return int32;
    },
    get int64() {
      refresh();
      return int64;
    },
    get float64() {
      refresh();
      return float64;
    },
    allocate(size) {
      // A size over 32 bits would arrive as a small one.
      if (!(size <= Math.min(core.limit, LARGEST_BLOCK))) throw noRoom(size);
      const address = kernels.allocate(size) >>> 0;
      const hasGrown = bytes.length === 0;
      if (address === 0 || (hasGrown && core.bytes.length > core.limit)) throw noRoom(size);
      return address;
    },
    release: (address) => kernels.release(address),
    result(index) {
      refresh();
      return int32[results / 4 + index] ?? 0;
    },
  };
  return core;

  function refresh(): void {
    if (bytes.length !== 0) return;
    bytes = new Uint8Array(kernels.memory.buffer);
    int32 = new Int32Array(kernels.memory.buffer);
    int64 = new BigInt64Array(kernels.memory.buffer);
    float64 = new Float64Array(kernels.memory.buffer);
  }
}

/** What the arena of assembly/memory.ts gives at once. */
const LARGEST_BLOCK = 2 ** 31 - 16;

export function noRoom(size: number): MemoryLimitError {
  return new MemoryLimitError('memory-limit', `no room for ${size} more bytes in wasm memory`);
}

const abort = {
  env: {
    abort() {
      throw new Error('the WebAssembly core gave up');
    },
  },
};

let compiled: object | undefined;

function compiledModule(): object {
  // The same relative place from src/ and from build/.
  compiled ??= new WebAssembly.Module(readFileSync(new URL('../build/core.wasm', import.meta.url)));
  return compiled;
}

/** A block of wasm memory that grows on demand. */
export interface Region {
  readonly address: number;
  /** Makes it at least `size` bytes long, keeping the first `used`, and returns the address. */
  reserve(size: number, used?: number): number;
  release(): void;
}

export function region(core: Core): Region {
  let address = 0;
  let capacity = 0;
  return {
    get address() {
      return address;
    },
    reserve(size, used = 0) {
      if (size > capacity) {
        // A power of two, less the arena's header, so that growing is rare and nothing is wasted.
        const wanted = 2 ** Math.ceil(Math.log2(Math.max(size, 1008) + 16)) - 16;
        const moved = core.allocate(wanted);
        if (used > 0) core.bytes.copyWithin(moved, address, address + used);
        core.release(address);
        address = moved;
        capacity = wanted;
      }
      return address;
    },
    release() {
      core.release(address);
      address = 0;
      capacity = 0;
    },
  };
}
