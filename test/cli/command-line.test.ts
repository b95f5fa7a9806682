import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { mainFile, runCdi } from './run-cdi.ts';

const packageFile = createRequire(import.meta.url)('../../package.json') as { version: string };

test('cdi alone prints its help on stdout and is done', async (t) => {
  const { code, stdout, stderr } = await runCdi([]);
  t.is(code, 0);
  t.regex(stdout, /^Usage: cdi/);
  t.is(stderr, '');
});

test('--version prints the version of the package', async (t) => {
  t.deepEqual(await runCdi(['--version']), { code: 0, stdout: `${packageFile.version}\n`, stderr: '' });
});

const wrongUsage = test.macro({
  exec: async (t, words: readonly string[], message: RegExp) => {
    const { code, stdout, stderr } = await runCdi(words);
    t.is(code, 2);
    t.is(stdout, '');
    t.regex(stderr, message);
    t.regex(stderr, /^cdi: [^\n]+\n$/, 'one line');
  },
  title: (_, words: readonly string[]) => `wrong usage: cdi ${words.map((word) => word || "''").join(' ')}`,
});

test(wrongUsage, ['generat'], /unknown command 'generat' \(Did you mean generate\?\)/);
test(wrongUsage, ['xyz'], /unknown command 'xyz'/);
test(wrongUsage, ['generate', '--recods', '5'], /unknown option '--recods' \(Did you mean --records\?\)/);
test(wrongUsage, ['generate'], /--dir DIR/);
test(wrongUsage, ['generate', '--dir'], /'--dir <DIR>' argument missing/);
test(wrongUsage, ['generate', '--dir', '--records', '5'], /'--dir <DIR>'.*A value is missing/);
test(wrongUsage, ['generate', '--dir', ''], /'--dir <DIR>'.*A value is missing/);
test(wrongUsage, ['generate', '--dir', 'x', 'y'], /too many arguments/);
test(wrongUsage, ['generate', '--dir', 'x', '--records', 'many'], /--records.*whole number of at least 1/);
test(wrongUsage, ['generate', '--dir', 'x', '--records', '-1'], /--records.*whole number of at least 1/);
test(wrongUsage, ['generate', '--dir', 'x', '--records', '0'], /--records.*whole number of at least 1/);
test(wrongUsage, ['generate', '--dir', 'x', '--records', '1.5'], /--records.*whole number of at least 1/);
test(wrongUsage, ['generate', '--dir', 'x', '--faults', '2'], /--faults.*from 0 to 1/);
test(wrongUsage, ['generate', '--dir', 'x', '--last-day', '2026-02-30'], /--last-day.*YYYY-MM-DD/);
test(wrongUsage, ['generate', '--dir', 'x', '--last-day', '1-2-2026'], /--last-day.*YYYY-MM-DD/);
test(wrongUsage, ['generate', '--dir', 'x', '--json=false'], /unknown option '--json=false'/);

test('an unexpected error is one line, and shows its stack when asked to', async (t) => {
  // A file where the folder should be.
  const words = ['generate', '--records', '10', '--dir', mainFile];
  const short = await runCdi(words);
  t.is(short.code, 1);
  t.regex(short.stderr, /^cdi: unexpected: [^\n]+CDI_DEBUG=1[^\n]+\n$/);
  const long = await runCdi(words, { settings: { CDI_DEBUG: '1' } });
  t.is(long.code, 1);
  t.regex(long.stderr, /\n {4}at /);
});

test('a reader that leaves early ends the command quietly', async (t) => {
  const child = spawn(process.execPath, [mainFile, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const closed = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
  });
  t.is(await text(child.stderr), '');
  t.is(await closed, 0);
});
