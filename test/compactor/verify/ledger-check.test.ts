import test from 'ava';
import { verifyCollection } from '../../../compactor/verify/verify.ts';
import { quarantineEntry } from '../../../consumer/quarantine.ts';
import { publishedKey } from '../../../schemas/layout.ts';
import { PART_METADATA, type PartSource } from '../../../schemas/part.ts';
import { newCompactionBench, toDoDay } from '../../helpers/compaction-bench.ts';
import { plainRow, rowFile } from '../../helpers/live-part.ts';
import { sourceKey, sourceRun, toDo } from '../../helpers/rows.ts';

const exportDate = '2026-07-03';

test('an object with lines of two collections is held against the parts and the quarantine of both', async (t) => {
  const bench = await newCompactionBench(t);
  const { published } = bench;
  const put = async (
    collection: string,
    line: number,
    members: Partial<PartSource> = {},
  ): Promise<string> => {
    const key = publishedKey({ area: 'live', db: 'core', collection, exportDate, name: 'p' });
    const source = { key: sourceKey('0-9'), eTag: 'e', rows: 1, firstLine: line, lastLine: line, ...members };
    const metadata = {
      [PART_METADATA.sources]: JSON.stringify([source]),
      [PART_METADATA.db]: 'core',
      [PART_METADATA.collection]: collection,
      [PART_METADATA.exportDate]: exportDate,
      [PART_METADATA.generation]: '0',
    };
    await published.put(key, await rowFile([plainRow({ sourceLine: line })], metadata));
    return key;
  };
  await put('toDo', 1);
  const object = { lines: 3, rows: 2, quarantined: 1, blank: 0, reasons: { 'invalid-id': 1 } };
  const other = await put('contract', 2, { object });
  const fault = { reason: 'invalid-id', detail: '' } as const;
  const entry = quarantineEntry(sourceRun('0-9'), 3, toDo, fault, undefined);
  const file = publishedKey({
    area: 'quarantine',
    db: 'core',
    collection: 'contract',
    exportDate,
    name: 'q',
  });
  await published.put(file, Buffer.from(`${entry}\n`));
  await bench.compact();

  const findings = async (): Promise<readonly string[]> => {
    const verdict = await verifyCollection({ published, onProgress: () => {} }, toDoDay);
    return verdict.findings.map(({ kind, what }) => `${kind}: ${what}`);
  };
  t.deepEqual(await findings(), []);
  await published.delete([file]);
  t.deepEqual(await findings(), ['wrong: lines in quarantine']);
  await published.delete([other]);
  t.deepEqual(
    (await findings()).filter((what) => !what.startsWith('note: ')),
    [],
  );
  t.true((await findings()).includes('note: lines of objects with rows of other collections: 0 now'));
});
