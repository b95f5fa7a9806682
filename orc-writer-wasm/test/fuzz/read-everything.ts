import { createHash, type Hash } from 'node:crypto';
import type { ColumnVector } from '../../src/columns.ts';
import { SchemaMismatchError } from '../../src/errors.ts';
import { openReader, type Reader, type ReadOptions } from '../../src/reader.ts';

/** Far less than the default, so that a file that claims more is soon over it. */
export const MEMORY_LIMIT = 96 * 2 ** 20;

/** A file may claim any number of rows that take no bytes; what counts is that each costs little. */
const MOST_ROWS = 20_000;
const MOST_STRIPES = 3;

/**
 * Reads a file in every way there is.
 *
 * @throws {OrcError} and nothing else, unless there is a fault; a plain `Error` when two ways give different rows
 */
export async function readEverything(file: Uint8Array): Promise<void> {
  // Ranges come later and are copies, as from a store.
  const source = {
    byteLength: file.length,
    slice: async (start: number, end: number) => Uint8Array.from(file.subarray(start, end)),
  };
  await using reader = await openReader(source, { memoryLimit: MEMORY_LIMIT });
  const failures: unknown[] = [];
  await attempt(() => reader.stripeStatistics());
  for (const stripe of [...reader.stripes.keys()].slice(0, MOST_STRIPES)) {
    await attempt(() => reader.rowIndex(stripe));
    await attempt(() => reader.bloomFilters(stripe));
    await attempt(() => reader.rawStripe(stripe));
    await attempt(() => reader.readRowGroup(stripe, 1));
  }
  const [column = ''] = reader.schema.fieldNames;
  await attempt(() => fingerprint(reader, { searchArgument: { not: { column, isNull: true } } }));
  const whole = await attempt(() => fingerprint(reader, {}));
  const windows = await attempt(() => fingerprint(reader, { windowBytes: 300 }));
  if (whole !== undefined && windows !== undefined && whole !== windows) {
    throw new Error('small windows give other rows');
  }
  await attempt(() => fingerprint(reader, { batchBytes: 500, dictionaries: true }));
  if (failures.length > 0) throw failures[0];

  async function attempt<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      // The file has no second row group, no column to search or nothing to merge: that is not damage.
      if (!(error instanceof SchemaMismatchError)) failures.push(error);
      return undefined;
    }
  }
}

async function fingerprint(reader: Reader, options: ReadOptions): Promise<string> {
  const hash = createHash('sha1');
  let rows = 0;
  for await (const { size, columns } of reader.batches({ batchSize: 700, ...options })) {
    rows += size;
    for (const column of columns) addVector(hash, column);
    if (rows >= MOST_ROWS) break;
  }
  return `${rows} ${hash.digest('hex')}`;
}

function addVector(hash: Hash, vector: ColumnVector): void {
  for (const part of Object.values(vector)) {
    if (ArrayBuffer.isView(part)) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    else if (Array.isArray(part)) for (const child of part) addVector(hash, child);
    else if (typeof part === 'object' && part !== null) addVector(hash, part);
  }
}
