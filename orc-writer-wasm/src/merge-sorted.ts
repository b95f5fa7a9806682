import { isDeepStrictEqual } from 'node:util';
import { borrowCore, returnCore } from './core.ts';
import { OrcError, SchemaMismatchError } from './errors.ts';
import type { MergeOrder } from './merge-order.ts';
import { mergeRows, type MergeCounts } from './merge-rows.ts';
import { readerSource } from './merge-source.ts';
import type { Reader } from './reader.ts';
import type { Sink } from './sink.ts';
import { createWriter, type FileSummary } from './writer.ts';
import type { WriterOptions } from './writer-options.ts';

/** The order of the inputs, what is done about duplicates, and the options of the file that is written. */
export interface MergeOptions extends MergeOrder, Omit<WriterOptions, 'schema'> {
  /**
   * `auto` (default) copies large stripes that no other input overlaps as they are, if they may be in the same file and
   * are known to hold no duplicates among themselves: this function says so of its results in their user metadata,
   * under `orc-writer-wasm.distinct`. `never` encodes every row anew.
   */
  readonly rawCopy?: 'auto' | 'never';
}

/** `rowsIn = rows + duplicates`. */
export interface MergeResult extends FileSummary {
  readonly rowsIn: number;
  readonly duplicates: number;
  readonly stripesCopied: number;
}

/**
 * Merges sorted files of one schema into one that is sorted the same way. Of equal rows those of earlier inputs come
 * first. Memory is bounded by a batch or two of each input, fewer rows the more there are, and one stripe.
 *
 * @throws {SchemaMismatchError} when schemas differ, a column is unfit or an input is not sorted; what the sink got is
 * then not an ORC file
 */
export async function mergeSorted(
  sink: Sink,
  inputs: readonly Reader[],
  { sortKeys, dedupe, rawCopy = 'auto', ...options }: MergeOptions,
): Promise<MergeResult> {
  const [first] = inputs;
  if (first === undefined) throw new SchemaMismatchError('bad-option', 'there is no file to merge');
  const { schema } = first;
  const other = inputs.findIndex((input) => !isDeepStrictEqual(input.schema, schema));
  if (other !== -1) {
    throw new SchemaMismatchError('schemas-differ', `input ${other} has another schema than input 0`);
  }
  const order = { sortKeys, ...(dedupe === undefined ? {} : { dedupe }) };
  const distinct = dedupe === undefined ? undefined : Buffer.from(JSON.stringify(dedupe.keys.toSorted()));
  const counts: MergeCounts = { rowsIn: 0, rowsOut: 0, duplicates: 0 };
  let stripesCopied = 0;
  const writer = await createWriter(sink, {
    ...options,
    schema,
    userMetadata: { ...options.userMetadata, ...(distinct === undefined ? {} : { [DISTINCT]: distinct }) },
  });
  const sources = inputs.map((input) => {
    const isFit =
      rawCopy === 'auto' &&
      input.rowIndexStride > 0 &&
      writer.accepts(input) &&
      (distinct === undefined || distinct.equals(input.userMetadata.get(DISTINCT) ?? NOTHING));
    return readerSource(input, sizesFor(inputs.length), (stripe) => isFit && isLarge(input, stripe));
  });
  const core = borrowCore();
  try {
    for await (const next of mergeRows(core, schema, sources, order, counts)) {
      options.signal?.throwIfAborted();
      if (next.kind === 'rows') {
        await writer.addRowBatch(next.batch);
      } else {
        stripesCopied++;
        await writer.appendStripe(next.stripe.reader, next.stripe.stripe);
      }
    }
    checkConservation(counts, inputs);
    const summary = await writer.close();
    return { ...summary, rowsIn: counts.rowsIn, duplicates: counts.duplicates, stripesCopied };
  } finally {
    await writer.abort();
    returnCore(core);
    for (const source of sources) await source.close();
  }

  /** Small stripes make poor files, so they are encoded together with their neighbours. */
  function isLarge({ stripes }: Reader, number: number): boolean {
    const { indexLength = 0, dataLength = 0 } = stripes[number] ?? {};
    const target = options.stripeSize ?? DEFAULT_STRIPE_BYTES;
    return indexLength + dataLength >= Math.min(LARGE_STRIPE_BYTES, target / 4);
  }
}

/** Names, in user metadata, the columns of which no two rows of the file are equal. */
export const DISTINCT = 'orc-writer-wasm.distinct';
const NOTHING = Buffer.alloc(0);
const DEFAULT_STRIPE_BYTES = 64 * 2 ** 20;
const LARGE_STRIPE_BYTES = 16 * 2 ** 20;

/** Rows of a batch and bytes of a file, fewer for many inputs so that all of them together stay small. */
function sizesFor(inputs: number): { batchSize: number; windowBytes: number } {
  return {
    batchSize: Math.min(4096, Math.max(256, Math.floor(ROWS_IN_MEMORY / inputs))),
    windowBytes: Math.min(2 ** 23, Math.max(2 ** 18, Math.floor(WINDOWS_IN_MEMORY / inputs))),
  };
}

const ROWS_IN_MEMORY = 65_536;
const WINDOWS_IN_MEMORY = 256 * 2 ** 20;

function checkConservation({ rowsIn, rowsOut, duplicates }: MergeCounts, inputs: readonly Reader[]): void {
  const expected = inputs
    .flatMap(({ stripes }) => stripes)
    .reduce((sum, { numberOfRows }) => sum + numberOfRows, 0);
  if (rowsIn === expected && rowsOut + duplicates === rowsIn) return;
  throw new OrcError(
    'rows-lost',
    `of ${expected} rows ${rowsIn} were read, ${rowsOut} written and ${duplicates} left out as duplicates`,
  );
}
