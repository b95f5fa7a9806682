import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from '../consumer/queue.ts';
import { openSqlite, transaction } from '../storage/sqlite-file.ts';
import type { ListedObject } from '../storage/store.ts';
import { announcement } from './announcement.ts';
import { openStores, stateFile } from './open.ts';

export interface FolderWatch {
  /** Aborted with the error when the folder can no longer be watched. */
  readonly failed: AbortSignal;
  /** Resolves after the signal, when nothing is looked at any more. @throws what made the watch fail. */
  readonly ended: Promise<void>;
}

const scanMs = 1_000;

/**
 * Announces the files of `DIR/corporate` as S3 would: each new one, and each that changed, once. A file is announced
 * when two looks a second apart find it the same, so that nobody reads it while it is being copied in.
 *
 * What was announced is remembered in `DIR/state`. Two processes that watch the same folder, or a kill between the two
 * steps, may announce a file twice, and never not at all.
 */
export function watchFolder(localFolder: string, queue: Queue, signal: AbortSignal): FolderWatch {
  const failed = new AbortController();
  const ended = watch(localFolder, queue, signal).catch((error: unknown) => {
    failed.abort(error);
    throw error;
  });
  // Whoever awaits it hears of the error; until then it must not end the process.
  ended.catch(() => {});
  return { failed: failed.signal, ended };
}

async function watch(localFolder: string, queue: Queue, signal: AbortSignal): Promise<void> {
  const { corporate } = openStores(localFolder);
  const database = openSqlite(stateFile(localFolder, 'announced'), schema);
  const find = database.prepare('SELECT 1 FROM announced WHERE key = ? AND size = ? AND modified_ms = ?');
  const remember = database.prepare(
    'INSERT OR REPLACE INTO announced (key, size, modified_ms) VALUES (?, ?, ?)',
  );
  let changing = new Map<string, string>();

  async function scan(): Promise<void> {
    const settled: ListedObject[] = [];
    const stillChanging = new Map<string, string>();
    for await (const object of corporate.list('')) {
      if (find.get(object.key, object.size, object.lastModified.getTime()) !== undefined) continue;
      const look = `${object.size} ${object.lastModified.getTime()}`;
      if (changing.get(object.key) === look) settled.push(object);
      else stillChanging.set(object.key, look);
    }
    changing = stillChanging;
    if (settled.length === 0) return;

    const results = await queue.send(settled.map(announcement));
    const sent = settled.filter((_, index) => results[index]?.kind === 'sent');
    transaction(database, 'process-crash', () => {
      for (const { key, size, lastModified } of sent) remember.run(key, size, lastModified.getTime());
    });
  }

  try {
    while (!signal.aborted) {
      const startedAt = performance.now();
      await scan();
      // A folder with very many files is looked at less often.
      const pauseMs = Math.max(scanMs, 4 * (performance.now() - startedAt));
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    database.close();
  }
}

const schema = `
  CREATE TABLE IF NOT EXISTS announced (key TEXT PRIMARY KEY, size INTEGER NOT NULL, modified_ms INTEGER NOT NULL)
  WITHOUT ROWID`;
