import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { createWriter } from 'orc-writer-wasm';
import { runCdi, temporaryFolder } from './run-cdi.ts';

async function exampleFile(folder: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(chunk), {
    schema: 'struct<name:string,count:bigint>',
    userMetadata: { 'made.by': 'a test' },
  });
  await writer.addRowBatch({
    size: 2,
    columns: [
      { data: Buffer.from('annzoë'), offsets: Uint32Array.of(0, 3, 7) },
      { values: BigInt64Array.of(9_007_199_254_740_993n, -1n) },
    ],
  });
  await writer.close();
  const file = join(folder, 'a file #1.orc');
  await writeFile(file, Buffer.concat(chunks));
  return file;
}

test('inspect tells schema, rows, metadata and statistics of an ORC file', async (t) => {
  const file = await exampleFile(await temporaryFolder(t));
  const { code, stdout } = await runCdi(['inspect', file, '--rows', '5', '--statistics', '--json']);
  t.is(code, 0);
  t.like(JSON.parse(stdout), {
    schema: 'struct<name:string,count:bigint>',
    metadata: { 'made.by': 'a test' },
    rows: 2,
    firstRows: [
      { name: 'ann', count: '9007199254740993' },
      { name: 'zoë', count: '-1' },
    ],
    statistics: [
      { column: 'name', values: 2, hasNull: false, minimum: 'ann', maximum: 'zoë' },
      { column: 'count', minimum: '-1', maximum: '9007199254740993' },
    ],
  });
});

test('inspect and head show a file to a person', async (t) => {
  const file = await exampleFile(await temporaryFolder(t));
  const inspected = await runCdi(['inspect', file, '--rows', '1']);
  t.regex(inspected.stdout, /schema +struct<name:string,count:bigint>\n/);
  t.regex(inspected.stdout, /made\.by +a test\n/);
  t.regex(inspected.stdout, /\nname +count\nann +9007199254740993\n$/);
  const head = await runCdi(['head', file, '--where', 'name=zoë']);
  t.is(head.stdout, 'name  count\nzoë      -1\n');
});

test('a file that is no ORC file is one clear line', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'no.orc');
  await writeFile(file, 'no');
  for (const command of ['inspect', 'head']) {
    const { code, stderr } = await runCdi([command, file]);
    t.is(code, 1);
    t.regex(stderr, /^cdi: [^\n]*no\.orc: [^\n]+\n$/);
  }
});

test('what is neither a file nor in a folder that was named is wrong usage', async (t) => {
  const { code, stderr } = await runCdi(['head', 'none.orc']);
  t.is(code, 2);
  t.is(stderr, 'cdi: there is no file none.orc; where the tables are is said with --local DIR\n');
});

test('a column that is not there is wrong usage that names those that are', async (t) => {
  const file = await exampleFile(await temporaryFolder(t));
  const { code, stderr } = await runCdi(['head', file, '--where', 'nam=ann']);
  t.is(code, 2);
  t.regex(stderr, /^cdi: --where .*name, count\n$/);
});
