// Tables that a whole pipeline published, as Spark reads them: with filters, pushed down and not.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageGroups, objectCreatedBody } from '../../consumer/object-created.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { writeSampleBucket } from '../../schemas/sample/bucket.ts';
import { localStore } from '../../storage/local-store.ts';
import { runCdi } from '../cli/run-cdi.ts';
import { readRows } from '../helpers/compaction-bench.ts';
import type { PlainRow } from '../helpers/live-part.ts';
import { runTasks, type FileFinding } from './run-reader.ts';

/** Of `cdi tables --json`, what is looked at here. */
interface PublishedTable {
  readonly name: string;
  readonly location: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly partitions: readonly { readonly location: string; readonly path: string }[];
}

interface Filter {
  readonly sql: string;
  readonly isWanted: (row: PlainRow) => boolean;
}

/** A finding for each place of rows and each filter, which `command` has Spark read. */
export async function comparePublishedTables(
  command: readonly [string, ...string[]],
  folder: string,
): Promise<readonly FileFinding[]> {
  const pipeline = join(folder, 'pipeline');
  const tables = await publishSample(pipeline);
  const published = localStore(join(pipeline, 'published'));
  const tasks: object[] = [];
  for (const { location, path } of tables.flatMap(placesOf)) {
    const rows = await readRows(published, location);
    for (const { sql, isWanted } of filtersFor(rows)) {
      const truth = join(folder, `published-${tasks.length}.jsonl`);
      await writeFile(truth, rows.filter(isWanted).map(lineOf).toSorted().join(''));
      tasks.push({ seed: tasks.length, path, filter: sql, truth });
    }
  }
  return runTasks(command, tasks, join(folder, 'published.json'));
}

/** Makes sample data, ingests and compacts it, all through the command line but for the notifications. */
async function publishSample(folder: string): Promise<readonly PublishedTable[]> {
  const corporate = localStore(join(folder, 'corporate'));
  const objects: { key: string }[] = [];
  await writeSampleBucket(
    async (key, body) => {
      await corporate.put(key, body);
      objects.push({ key });
    },
    { records: 6_000, days: 2, lastDay: '2026-07-02', seed: 'published', replayShare: 0.2 },
  );
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  await queue.send(messageGroups(objects).map((group) => objectCreatedBody(group)));
  await queue.close();
  await cdi('consume', '--local', folder, '--drain');
  await cdi('compact', '--local', folder, '--all');
  const tables = JSON.parse(await cdi('tables', '--local', folder, '--json')) as readonly PublishedTable[];
  return tables.filter(({ name }) => TABLES.includes(name));
}

/** One of each kind: changes by date, snapshots by date, and a newest snapshot with its own order. */
const TABLES = ['core_contract_changes', 'core_todo_snapshots', 'calculator_calculationparts'];

async function cdi(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCdi(words);
  if (code !== 0) throw new Error(`cdi ${words.join(' ')}: ${stderr}`);
  return stdout;
}

function placesOf(table: PublishedTable): readonly { readonly location: string; readonly path: string }[] {
  return table.partitions.length === 0 ? [table] : table.partitions;
}

function filtersFor(rows: readonly PlainRow[]): readonly Filter[] {
  const one = rows[rows.length >> 1];
  if (one === undefined) throw new Error('a published table has no rows');
  const moment = new Date(one.lastModifiedMs).toISOString().replace('T', ' ').replace('Z', '');
  const id = one.id.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return [
    { sql: 'true', isWanted: () => true },
    { sql: `id_part = '${one.idPart}'`, isWanted: ({ idPart }) => idPart === one.idPart },
    { sql: "id_part between '40' and '7f'", isWanted: ({ idPart }) => idPart >= '40' && idPart <= '7f' },
    { sql: `id = '${id}'`, isWanted: (row) => row.id === one.id },
    {
      sql: `last_modified >= timestamp '${moment}'`,
      isWanted: ({ lastModifiedMs }) => lastModifiedMs >= one.lastModifiedMs,
    },
    {
      sql: `last_modified < timestamp '${moment}' and id_part > '80' and db_type = 'DELETE'`,
      isWanted: ({ lastModifiedMs, idPart, dbType }) =>
        lastModifiedMs < one.lastModifiedMs && idPart > '80' && dbType === 'DELETE',
    },
  ];
}

/** A row as the script prints it. */
function lineOf(row: PlainRow): string {
  return `${JSON.stringify([
    row.id,
    row.idPart,
    row.dbType,
    String(row.lastModifiedMs * 1_000),
    row.val,
    String(row.fingerprint),
    row.sourceObject,
    String(row.sourceLine),
    String(row.generation),
  ])}\n`;
}
