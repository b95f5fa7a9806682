import type { Core } from './core.ts';
import { region } from './core.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { messageWriter, readFields } from './protobuf.ts';
import { copyIn, SLACK, type Workspace } from './workspace.ts';

/** The filter of one row group. */
export interface BloomFilter {
  readonly hashFunctions: number;
  /** A multiple of 8 bytes. */
  readonly bits: Uint8Array;
}

/** Collects the values of a row group; strings by address and length. */
export interface BloomFilterBuilder {
  addLongs(values: number, count: number): void;
  addStrings(addresses: number, lengths: number, count: number): void;
  addTexts(texts: readonly string[]): void;
  /** Hands over the filter and begins an empty one. */
  take(): BloomFilter;
}

/** As Java sizes them: for as many values as a row group has rows, with this part of false positives. */
export function bloomFilterBuilder(
  { core, input, offsets, addresses, lengths }: Workspace,
  values: number,
  falsePositives: number,
): BloomFilterBuilder {
  const { kernels } = core;
  const least = Math.trunc((-values * Math.log(falsePositives)) / Math.LN2 ** 2);
  const bits = least + (64 - (least % 64));
  const hashFunctions = Math.max(1, Math.round((bits / values) * Math.LN2));
  const filter = core.allocate(bits / 8);
  core.bytes.fill(0, filter, filter + bits / 8);

  return {
    addLongs: (at, count) => kernels.addLongs(at, count, filter, bits, hashFunctions),
    addStrings: (at, sizes, count) => kernels.addStrings(at, sizes, count, filter, bits, hashFunctions),
    addTexts(texts) {
      const data = Buffer.from(texts.join(''));
      const ends = new Uint32Array(texts.length + 1);
      texts.forEach((text, i) => {
        ends[i + 1] = (ends[i] ?? 0) + Buffer.byteLength(text);
      });
      const dataAt = copyIn(core, input, data);
      const endsAt = copyIn(core, offsets, ends);
      const at = addresses.reserve(texts.length * 4);
      const sizes = lengths.reserve(texts.length * 4);
      kernels.locateStrings(endsAt, texts.length, 0, 0, dataAt, 0, data.length, at, sizes);
      kernels.addStrings(at, sizes, texts.length, filter, bits, hashFunctions);
    },
    take() {
      const taken = Buffer.from(core.bytes.subarray(filter, filter + bits / 8));
      core.bytes.fill(0, filter, filter + bits / 8);
      return { hashFunctions, bits: taken };
    },
  };
}

/** What a filter is asked for: a number of 64 bits (that of a double as its bits), or a string. */
export type BloomKey = bigint | Uint8Array;

export type MayHave = (filter: BloomFilter, key: BloomKey) => boolean;

/** Asks filters for single values; false is certain. */
export function bloomFilterProbe(core: Core): MayHave {
  const filterAt = region(core);
  const keyAt = region(core);
  return ({ hashFunctions, bits }, key) => {
    if (bits.length === 0 || hashFunctions > MOST_FUNCTIONS) return true;
    const filter = copyIn(core, filterAt, bits);
    const count = bits.length * 8;
    if (typeof key !== 'bigint') {
      const at = copyIn(core, keyAt, key);
      return core.kernels.mayHaveString(at, key.length, filter, count, hashFunctions) !== 0;
    }
    const at = keyAt.reserve(SLACK);
    core.int64[at / 8] = key;
    return core.kernels.mayHaveLong(at, filter, count, hashFunctions) !== 0;
  };
}

/** More than any writer uses; a damaged file must not keep us busy. */
const MOST_FUNCTIONS = 64;

export function writeBloomFilters(filters: readonly BloomFilter[]): Uint8Array {
  const message = messageWriter();
  for (const { hashFunctions, bits } of filters) {
    message.message(1, (filter) => {
      filter.varint(1, hashFunctions);
      filter.bytes(3, bits);
    });
  }
  return message.finish();
}

export function readBloomFilters(message: Uint8Array, budget?: MemoryBudget): BloomFilter[] {
  const filters: BloomFilter[] = [];
  for (const { field, kind, value } of readFields(message, budget)) {
    if (field !== 1 || kind !== 'bytes') continue;
    let hashFunctions = 0;
    let bits: Uint8Array = Buffer.alloc(0);
    for (const inner of readFields(value)) {
      if (inner.field === 1 && inner.kind === 'varint') hashFunctions = Number(inner.value);
      if (inner.field === 3 && inner.kind === 'bytes') bits = inner.value;
    }
    filters.push({ hashFunctions, bits });
  }
  return filters;
}

/**
 * Whether the filters of a writer can be trusted: those of ORC C++ before 1.7.1 used another hash (ORC-1024), and the
 * first of them do not say which they are.
 */
export function hasTrustedFilters({
  writer,
  softwareVersion,
}: {
  readonly writer?: number | undefined;
  readonly softwareVersion?: string | undefined;
}): boolean {
  if (writer !== ORC_CPP) return true;
  return softwareVersion !== undefined && !/^1\.(?:6\.\d+|7\.0)(?:-|$)/.test(softwareVersion);
}

const ORC_CPP = 1;
