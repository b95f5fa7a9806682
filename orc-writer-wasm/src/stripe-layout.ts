import { hasTrustedFilters, readBloomFilters, type BloomFilter } from './bloom-filter.ts';
import { readRanges } from './byte-ranges.ts';
import { FileFormatException, withPlace } from './errors.ts';
import { memoryBudget } from './memory-budget.ts';
import {
  readRowIndex,
  readStripeFooter,
  type Footer,
  type PostScript,
  type RowIndexEntry,
  type StripeFooter,
  type StripeInformation,
} from './metadata.ts';
import { readRange, type ByteSource } from './source.ts';
import type { PlacedStream } from './stripe-bytes.ts';
import { unpack } from './tail.ts';

/** An open file, as all that reads its stripes needs it. */
export interface OpenFile {
  readonly source: ByteSource;
  readonly postScript: PostScript;
  readonly footer: Footer;
  /** The bytes that a message, the decoders of a stripe or a batch may take, each. */
  readonly partLimit: number;
}

/** What the footer of a stripe says, and where its streams are. */
export interface StripeLayout {
  readonly number: number;
  readonly information: StripeInformation;
  readonly encodings: StripeFooter['encodings'];
  readonly writerTimezone: string | undefined;
  readonly streams: readonly PlacedStream[];
}

/** @throws {FileFormatException} when the footer cannot be read, or the streams are longer than the stripe */
export async function readStripeLayout(
  file: OpenFile,
  number: number,
  information: StripeInformation,
): Promise<StripeLayout> {
  const { offset, indexLength, dataLength, footerLength } = information;
  const end = offset + indexLength + dataLength;
  const footer = await readFooter();
  // Streams lie behind one another in the order of the footer.
  let to = offset;
  const streams = footer.streams.map((stream) => {
    const from = to;
    to += stream.length;
    return { ...stream, from, to };
  });
  if (to > end) {
    throw new FileFormatException('bad-stripe', 'the streams of a stripe are longer than the stripe', {
      offset,
      stripe: number,
    });
  }
  return { number, information, encodings: footer.encodings, writerTimezone: footer.writerTimezone, streams };

  async function readFooter(): Promise<StripeFooter> {
    try {
      const budget = memoryBudget(file.partLimit, 'the footer of a stripe');
      budget.spend(footerLength);
      const bytes = await readRange(file.source, end, end + footerLength);
      return readStripeFooter(unpack(bytes, file.postScript, budget), budget);
    } catch (error) {
      throw withPlace(error, { stripe: number });
    }
  }
}

/** For every type id the row groups of a stripe; empty lists where there is nothing, or nothing was asked for. */
export interface StripeIndex {
  readonly rowIndex: readonly (readonly RowIndexEntry[])[];
  readonly bloomFilters: readonly (readonly BloomFilter[])[];
}

/** Bytes between parts of the index that are read without being wanted. */
const WASTE = 2 ** 20;

/** Reads the index of the columns that are asked for. */
export async function readStripeIndex(
  file: OpenFile,
  { number, streams }: StripeLayout,
  wanted: {
    readonly rowIndex: (column: number) => boolean;
    readonly bloomFilters: (column: number) => boolean;
  },
): Promise<StripeIndex> {
  const { schema } = file.footer;
  const hasFilters = hasTrustedFilters(file.footer);
  const parts = streams.filter(
    ({ kind, column }) =>
      column <= schema.maximumId &&
      ((kind === 'ROW_INDEX' && wanted.rowIndex(column)) ||
        (kind === 'BLOOM_FILTER_UTF8' && hasFilters && wanted.bloomFilters(column))),
  );
  const budget = memoryBudget(file.partLimit, `the index of stripe ${number}`);
  for (const { length } of parts) budget.spend(length);
  const bytes = await readRanges(file.source, parts, WASTE);
  const rowIndex: RowIndexEntry[][] = Array.from({ length: schema.maximumId + 1 }, () => []);
  const bloomFilters: BloomFilter[][] = rowIndex.map(() => []);
  parts.forEach(({ kind, column }, i) => {
    try {
      const message = unpack(bytes[i] ?? NOTHING, file.postScript, budget);
      if (kind === 'ROW_INDEX') rowIndex[column] = readRowIndex(message, budget);
      else bloomFilters[column] = readBloomFilters(message, budget);
    } catch (error) {
      throw withPlace(error, { stripe: number, column, stream: kind });
    }
  });
  return { rowIndex, bloomFilters };
}

const NOTHING = new Uint8Array(0);
