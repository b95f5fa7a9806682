import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Collection } from '../schemas/collection.ts';
import type { DayOfCollection } from '../schemas/layout.ts';
import type { PartsToMake, Totals } from './compaction-data-worker.ts';

/** What all parts are of. */
export const DAY: DayOfCollection = { db: 'core', collection: 'contract', exportDate: '2026-11-18' };

export type Codec = Collection['compression'];

export interface DataSize {
  /** Of all parts together, a multiple of five times their number. */
  readonly rows: number;
  /** At least 2. */
  readonly parts: number;
}

/** Live parts of one collection and export date. Of the rows a fifth are records of other parts once more. */
export interface CompactionData extends DataSize {
  /** For each codec a folder as `DIR/published` is with `--local DIR`. */
  readonly published: Readonly<Record<Codec, string>>;
  readonly valBytes: number;
  /** Of every record once, modulo 2^64. */
  readonly fingerprintSum: bigint;
}

/** Goes up when the same size gives other parts. */
const FORMAT = 1;

/** Makes the parts, of the same rows with either codec, or finds those of an earlier time among temporary files. */
export async function compactionData({ rows, parts }: DataSize): Promise<CompactionData> {
  const folder = join(tmpdir(), 'cdi-bench-compaction', `${FORMAT}-${rows}-${parts}`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    try {
      await makeParts(unfinished, { rows, parts });
      await rename(unfinished, folder);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  const sums = JSON.parse(await readFile(join(folder, SUMS_FILE), 'utf8')) as Sums;
  return {
    rows,
    parts,
    published: { ZLIB: join(folder, 'ZLIB'), ZSTD: join(folder, 'ZSTD') },
    valBytes: Number(sums.valBytes),
    fingerprintSum: BigInt.asIntN(64, BigInt(sums.fingerprintSum)),
  };
}

async function makeParts(folder: string, { rows, parts }: DataSize): Promise<void> {
  const rowsOfPart = rows / parts;
  if (parts < 2 || !Number.isInteger(rowsOfPart / 5)) {
    throw new RangeError(`${rows} rows are no multiple of five times ${parts} parts, or there are too few`);
  }
  const workers = availableParallelism();
  const totals = await Promise.all(
    Array.from({ length: workers }, async (_, first): Promise<Totals> => {
      const workerData: PartsToMake = { folder, parts, rowsOfPart, first, step: workers };
      const worker = new Worker(new URL('compaction-data-worker.ts', import.meta.url), { workerData });
      const [answer] = (await once(worker, 'message')) as [Totals];
      return answer;
    }),
  );
  const sumOf = (name: keyof Totals): string => String(totals.reduce((sum, one) => sum + one[name], 0n));
  const sums: Sums = { valBytes: sumOf('valBytes'), fingerprintSum: sumOf('fingerprintSum') };
  await writeFile(join(folder, SUMS_FILE), JSON.stringify(sums));
}

/** JSON has no integers of that size. */
type Sums = Readonly<Record<keyof Totals, string>>;
const SUMS_FILE = 'sums.json';
