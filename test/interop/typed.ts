// Documents that our typed columns and Spark's from_json read: both must come to the same values.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSchema } from 'orc-writer-wasm';
import { typedExtractor } from '../../compactor/typed/typed-extractor.ts';
import { randomFrom } from '../../schemas/sample/random.ts';
import { parseDdl } from '../../schemas/typed/ddl.ts';
import { orcSchema } from '../../schemas/typed/table-types.ts';
import { textVector } from '../helpers/text-vector.ts';
import { plainVector, type Plain } from './plain-values.ts';
import { runTasks, type FileFinding } from './run-reader.ts';
import { randomCase, type TypedCase } from './typed-cases.ts';

/** A finding for each of `tables` random tables of 100 documents, which `command` has Spark read. */
export async function compareWithFromJson(
  command: readonly [string, ...string[]],
  seed: number,
  tables: number,
  folder: string,
): Promise<readonly FileFinding[]> {
  const tasks = [];
  for (let i = 0; i < tables; i++) {
    tasks.push(await taskOf(randomCase(randomFrom(`typed ${seed + i}`), 100), seed + i, folder));
  }
  return runTasks(command, tasks, join(folder, 'typed.json'));
}

/** What Python is told: the documents, and our values of them. */
async function taskOf({ ddl, vals }: TypedCase, seed: number, folder: string) {
  const columns = parseDdl(ddl);
  const type = parseSchema(orcSchema(columns));
  const { batch } = typedExtractor(columns).extract(textVector(vals), vals.length);
  const values = batch.columns.map((vector, i) => plainVector(type.children[i] ?? type, vector, vals.length));
  const rows = vals.map((_, row): Plain => values.map((column) => column[row] ?? null));
  const truth = join(folder, `typed-${seed}.jsonl`);
  await writeFile(truth, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return {
    seed,
    ddl,
    vals,
    truth,
    columns: columns.map(({ name }, index) => ({ index, name, type: type.children[index] })),
  };
}
