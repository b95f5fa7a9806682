import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import * as source from '../src/orc.ts';

test('the built package exports what the source does', async (t) => {
  const built = await import('orc-writer-wasm');
  t.deepEqual(Object.keys(built).toSorted(), Object.keys(source).toSorted());
  for (const [name, value] of Object.entries(built)) t.is(typeof value, 'function', name);
});

test('importing it before the build says what to run', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'orc-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await cp(new URL('../main.js', import.meta.url), join(folder, 'main.mjs'));
  await t.throwsAsync(import(pathToFileURL(join(folder, 'main.mjs')).href), { message: /npm run build/ });
});

// A thread that is terminated while it runs modules above one that awaits has V8 abort the process.
test.serial('importing it awaits nothing', (t) => {
  t.notThrows(() => createRequire(import.meta.url)('orc-writer-wasm') as unknown);
});

test('it works in a worker thread, which can have helpers itself', async (t) => {
  const code = `
    import { parentPort } from 'node:worker_threads';
    import { createWriter, openReader } from 'orc-writer-wasm';
    const chunks = [];
    const writer = await createWriter((chunk) => { chunks.push(chunk); }, { schema: 'struct<n:int>', workers: 2 });
    await writer.addRowBatch({ size: 2, columns: [{ values: Int32Array.of(4, 5) }] });
    await writer.close();
    await using reader = await openReader(Buffer.concat(chunks));
    for await (const row of reader.rows()) parentPort.postMessage(row.n);
  `;
  const worker = new Worker(
    new URL(
      `data:text/javascript,${encodeURIComponent(code.replaceAll("'orc-writer-wasm'", `'${import.meta.resolve('orc-writer-wasm')}'`))}`,
    ),
  );
  t.teardown(() => worker.terminate());
  const received: unknown[] = [];
  await new Promise((resolve, reject) => {
    worker.on('message', (value) => received.push(value));
    worker.on('error', reject);
    worker.on('exit', resolve);
  });
  t.deepEqual(received, [4, 5]);
});
