import { readdir, readFile } from 'node:fs/promises';
import test from 'ava';
import { metrics } from '../schemas/metrics.ts';

const page = await readFile(new URL('../docs/metrics.md', import.meta.url), 'utf8');

test('the page about metrics tells of each with its unit and statistic, and of no other', (t) => {
  const told = [...page.matchAll(/^\| `([A-Z]\w+)` +\| (\w+) +\| (\w+) +\|/gm)].map(([, ...words]) => words);
  t.deepEqual(
    told,
    Object.entries(metrics).map(([name, { unit, statistic }]) => [name, unit, statistic]),
  );
});

test('the page tells of every event of the logs, and of no other', async (t) => {
  const told = new Set([...page.matchAll(/`([A-Z]\w+:[A-Z]\w+)`/g)].map(([, event]) => event));
  const logged = new Set<string | undefined>();
  for (const folder of ['consumer', 'cli', 'storage', 'compactor', 'heal', 'reprocess']) {
    const root = new URL(`../${folder}/`, import.meta.url);
    for (const file of await readdir(root, { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const source = await readFile(new URL(file, root), 'utf8');
      for (const [, event] of source.matchAll(/'((?!ObjectCreated:)[A-Z]\w+:[A-Z]\w+)'/g)) logged.add(event);
    }
  }
  t.deepEqual(
    [...logged].filter((event) => !told.has(event)),
    [],
  );
  t.deepEqual(
    [...told].filter((event) => !logged.has(event)),
    [],
  );
});
