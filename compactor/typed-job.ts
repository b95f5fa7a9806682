import { openReader } from 'orc-writer-wasm';
import type { TypedJob, TypedResult } from './jobs.ts';
import { sum64 } from './open-rows.ts';
import { outputFile } from './output-file.ts';
import { halvesIn } from './part-columns.ts';
import { typedExtractor } from './typed/typed-extractor.ts';
import { typedColumns } from '../schemas/typed/typed-columns.ts';
import { orcSchema } from '../schemas/typed/table-types.ts';
import { partSource } from '../storage/live-parts.ts';
import type { ObjectStore } from '../storage/store.ts';

/** The path of a column that has the document as it is. */
const WHOLE_DOCUMENT = '$';
const BATCH_ROWS = 4_096;
const BATCH_BYTES = 2 ** 22;

/** Writes a file with the columns that the `val` of every row of another one has, in the same order. */
export async function runTypedJob(published: ObjectStore, job: TypedJob): Promise<TypedResult> {
  const columns = typedColumns(job.columns, job.paths);
  const extracted = columns.filter(({ path }) => path !== WHOLE_DOCUMENT);
  const extractor = typedExtractor(extracted, { caseSensitive: job.isCaseSensitive });
  const misfits = extracted.map(() => 0);
  let unusable = 0;
  const checksum = sum64();
  await using reader = await openReader(partSource(published, job.file));
  const output = await outputFile(published, job.key, {
    schema: orcSchema(columns),
    compression: job.compression,
    userMetadata: job.userMetadata,
  });
  try {
    const rows = reader.batches({
      include: ['val', 'fingerprint'],
      batchSize: BATCH_ROWS,
      batchBytes: BATCH_BYTES,
      dictionaries: true,
    });
    for await (const batch of rows) {
      const [vals] = batch.columns;
      if (vals === undefined || !('offsets' in vals || 'ids' in vals) || 'child' in vals || 'key' in vals) {
        throw new TypeError('val is no column of strings');
      }
      const fingerprints = halvesIn(batch, 1);
      for (let row = 0; row < batch.size; row++) checksum.add(fingerprints, row);
      const extraction = extractor.extract(vals, batch.size);
      extraction.misfits.forEach((count, column) => (misfits[column] = (misfits[column] ?? 0) + count));
      unusable += extraction.unusable;
      const values = extraction.batch.columns.values();
      await output.addRows({
        size: batch.size,
        columns: columns.map(({ path }) => (path === WHOLE_DOCUMENT ? vals : (values.next().value ?? vals))),
      });
    }
    const entry = await output.close();
    const counts = extracted.map(({ name }, column) => [name, misfits[column] ?? 0] as const);
    return {
      entry,
      checksum: checksum.value(),
      misfits: Object.fromEntries([...counts, ['val', unusable]].filter(([, count]) => count !== 0)),
    };
  } finally {
    await output.abort();
  }
}
