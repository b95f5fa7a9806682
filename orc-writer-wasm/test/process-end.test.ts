import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';

for (const [ending, code] of Object.entries({
  'is closed': 'await writer.close();',
  'is aborted': 'await writer.abort();',
  'is forgotten': '',
  throws: 'writer.addRowBatch({ size: 1, columns: [] });',
})) {
  test(`a process ends by itself when its writer with helpers ${ending}`, async (t) => {
    const program = `
      import { createWriter } from ${JSON.stringify(import.meta.resolve('../src/orc.ts'))};
      const data = Buffer.alloc(1e6, 'some text');
      const writer = await createWriter(() => {}, { schema: 'struct<s:binary>', workers: 3 });
      await writer.addRowBatch({ size: 1, columns: [{ data, offsets: Uint32Array.of(0, data.length) }] });
      ${code}
      console.log('end');
    `;
    const parameters = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
    const run = promisify(execFile)(process.execPath, parameters, { timeout: 50_000 });
    if (ending === 'throws') await t.throwsAsync(run, { code: 1, message: /SchemaMismatchError/ });
    else t.deepEqual(await run, { stdout: 'end\n', stderr: '' });
  });
}
