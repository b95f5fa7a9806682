import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { installPackage } from './helpers/installed-package.ts';

const run = promisify(execFile);
const installed = installPackage();
const checkout = fileURLToPath(new URL('../../node_modules', import.meta.url));

test.after.always(async () => (await installed)[Symbol.asyncDispose]());

test('the tarball holds what runs and what is read, nothing else', async (t) => {
  const { files } = await installed;
  const others = files.filter((path) => !/^build\/[a-z0-9-]+\.(?:js|d\.ts)$/.test(path));
  t.deepEqual(others.toSorted(), ['LICENSE', 'README.md', 'build/core.wasm', 'main.js', 'package.json']);
});

test('installing it runs nothing and brings nothing along', async (t) => {
  const { folder } = await installed;
  const text = await readFile(join(folder, 'node_modules/orc-writer-wasm/package.json'), 'utf8');
  const { scripts, dependencies, peerDependencies } = JSON.parse(text);
  t.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
  for (const name of ['preinstall', 'install', 'postinstall']) t.false(name in scripts);
});

// Compiled with its types and run: what it prints shows that values come back.
const consumer = `
import { createWriter, openReader, OrcError, type ColumnBatch, type WriterOptions } from 'orc-writer-wasm';

const options: WriterOptions = { schema: 'struct<id:bigint,name:string>', compression: 'SNAPPY' };
const chunks: Uint8Array[] = [];
const writer = await createWriter((chunk) => void chunks.push(chunk), options);
const batch: ColumnBatch = {
  size: 2,
  columns: [
    { values: BigInt64Array.of(1n, 2n) },
    { data: new TextEncoder().encode('annbob'), offsets: Uint32Array.of(0, 3, 6) },
  ],
};
await writer.addRowBatch(batch);
const summary = await writer.close();
const rows: number = summary.rows;

await using reader = await openReader(Buffer.concat(chunks));
for await (const { id, name } of reader.rows<{ id: bigint; name: string }>()) {
  const sum: bigint = id + 1n;
  console.log(sum, name.toUpperCase());
}
try {
  await openReader(new Uint8Array(10));
} catch (error) {
  if (error instanceof OrcError) console.log(rows, error.code);
}
// @ts-expect-error it is a number
summary.rows.toUpperCase;
`;

test('a program in TypeScript compiles against it, strictly, and runs', async (t) => {
  const { folder } = await installed;
  await writeFile(join(folder, 'consumer.ts'), consumer);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    strict: true,
    skipLibCheck: false,
    types: ['node'],
    typeRoots: [join(checkout, '@types')],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  await t.notThrowsAsync(run(join(checkout, '.bin/tsc'), ['--project', folder]));
  const { stdout } = await run(process.execPath, ['consumer.js'], { cwd: folder });
  t.is(stdout, '2n ANN\n3n BOB\n2 not-orc\n');
});
