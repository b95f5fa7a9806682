import { createWriter, type ColumnBatch } from 'orc-writer-wasm';
import type { InputFile, JobMeans, MergeJob, MergeResult } from './jobs.ts';
import type { IdPartRange } from './id-part-ranges.ts';
import { ConservationError, type MergeTotals } from './merge-proof.ts';
import { takeRows } from './part-columns.ts';
import { deletesIn, provenMerge, type Merge } from './proven-merge.ts';
import { rangeWriter, type RangeWriter } from './range-writer.ts';
import { rowsOf, type RowFile } from './row-files.ts';
import { scratchFile, type ScratchFile } from './scratch.ts';
import { PART_SCHEMA } from '../schemas/part.ts';
import { partSource } from '../storage/live-parts.ts';
import type { ObjectStore } from '../storage/store.ts';

/**
 * Merges the inputs into files of the published bucket. In memory are a few batches of as many inputs as may be read at
 * once, and one stripe; more inputs are merged in groups into encrypted scratch files first.
 *
 * @throws {ConservationError} when the merge is not proved; what was written must not be published
 * @throws {UnreadableFileError}
 */
export async function runMergeJob(
  published: ObjectStore,
  job: MergeJob,
  { writerWorkers, scratchFolder }: JobMeans,
  merge?: Merge,
): Promise<MergeResult> {
  const { rule, prefix, tombstonesPrefix } = job;
  await using scratch = scratchFiles(scratchFolder);
  const first = await groupsMerged(published, job, scratch, merge);
  const main = rangeWriter(published, { ...job, prefix, writerWorkers });
  const tombstones =
    tombstonesPrefix === undefined
      ? undefined
      : rangeWriter(published, { ...job, prefix: tombstonesPrefix, writerWorkers });
  try {
    const totals = await provenMerge(
      batchesOf(first.inputs, job),
      rule,
      (batch) => (tombstones === undefined ? main.add(batch) : addApart(batch, main, tombstones)),
      merge,
    );
    if (first.rowsOut !== undefined && totals.rowsIn !== first.rowsOut) {
      throw new ConservationError(`of ${first.rowsOut} rows in scratch files ${totals.rowsIn} were read`);
    }
    return {
      files: await main.close(),
      tombstones: (await tombstones?.close()) ?? [],
      totals: {
        ...totals,
        rowsIn: first.rowsIn ?? totals.rowsIn,
        replaced: first.replaced + totals.replaced,
      },
    };
  } finally {
    await main.abort();
    await tombstones?.abort();
  }
}

interface Inputs {
  readonly inputs: readonly (readonly RowFile[])[];
  /** Of the merges so far: rows that went into the first, those it left out, and those the last one gave. */
  readonly rowsIn: number | undefined;
  readonly replaced: number;
  readonly rowsOut: number | undefined;
}

/** As few merges as it takes until the inputs can be read at once. */
async function groupsMerged(
  published: ObjectStore,
  job: MergeJob,
  scratch: ScratchFiles,
  merge: Merge | undefined,
): Promise<Inputs> {
  let current: Inputs = {
    inputs: job.inputs.map((files) => files.map((file) => publishedRows(published, file))),
    rowsIn: undefined,
    replaced: 0,
    rowsOut: undefined,
  };
  while (current.inputs.length > job.mostInputs) {
    const groups = Math.ceil(current.inputs.length / job.mostInputs);
    const inputs: RowFile[][] = [];
    const sum = { rowsIn: 0, replaced: 0, rowsOut: 0 };
    for (let group = 0; group < groups; group++) {
      const members = current.inputs.filter((_, index) => index % groups === group);
      const { file, totals } = await mergedIntoScratch(members, job, scratch, merge);
      inputs.push([{ name: 'a scratch file', open: () => file }]);
      sum.rowsIn += totals.rowsIn;
      sum.replaced += totals.replaced;
      sum.rowsOut += totals.rowsOut;
    }
    if (current.rowsOut !== undefined && current.rowsOut !== sum.rowsIn) {
      throw new ConservationError(`of ${current.rowsOut} rows in scratch files ${sum.rowsIn} were read`);
    }
    current = {
      inputs,
      rowsIn: current.rowsIn ?? sum.rowsIn,
      replaced: current.replaced + sum.replaced,
      rowsOut: sum.rowsOut,
    };
  }
  return current;
}

async function mergedIntoScratch(
  inputs: readonly (readonly RowFile[])[],
  job: MergeJob,
  scratch: ScratchFiles,
  merge: Merge | undefined,
): Promise<{ readonly file: ScratchFile; readonly totals: MergeTotals }> {
  const file = await scratch.create();
  await using writer = await createWriter((chunk) => file.write(chunk), {
    schema: PART_SCHEMA,
    compression: 'ZSTD',
  });
  const totals = await provenMerge(
    batchesOf(inputs, job),
    job.rule,
    (batch) => writer.addRowBatch(batch),
    merge,
  );
  await writer.close();
  return { file, totals };
}

function batchesOf(
  inputs: readonly (readonly RowFile[])[],
  { ranges, readSizes }: MergeJob,
): AsyncIterable<ColumnBatch>[] {
  const range: IdPartRange = { first: ranges[0]?.first ?? 0, last: ranges.at(-1)?.last ?? 255 };
  return inputs.map((files) => rowsOf(files, range, readSizes));
}

async function addApart(batch: ColumnBatch, others: RangeWriter, deletes: RangeWriter): Promise<void> {
  const isDelete = deletesIn(batch);
  const rows = (wanted: number): Uint32Array =>
    Uint32Array.from([...isDelete.keys()].filter((row) => isDelete[row] === wanted));
  for (const [wanted, writer] of [
    [0, others],
    [1, deletes],
  ] as const) {
    const chosen = rows(wanted);
    if (chosen.length > 0) await writer.add(takeRows(batch, chosen));
  }
}

function publishedRows(published: ObjectStore, { key, size }: InputFile): RowFile {
  return { name: key, open: () => partSource(published, { key, size }) };
}

interface ScratchFiles extends AsyncDisposable {
  create(): Promise<ScratchFile>;
}

function scratchFiles(folder: string): ScratchFiles {
  const files: ScratchFile[] = [];
  return {
    async create() {
      const file = await scratchFile(folder);
      files.push(file);
      return file;
    },
    async [Symbol.asyncDispose]() {
      for (const file of files) await file.close();
    },
  };
}
