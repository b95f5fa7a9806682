import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));

test('the examples of the README print what it says', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'orc-readme-'));
  t.teardown(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules/orc-writer-wasm'), 'dir');
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/^```js\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)];
  t.true(examples.length >= 6);
  for (const [number, [, code = '', printed = '']] of examples.entries()) {
    const script = `example-${number}.mjs`;
    await writeFile(join(folder, script), code);
    const { stdout } = await run(process.execPath, [script], { cwd: folder });
    t.is(stdout, printed, code);
  }
});
