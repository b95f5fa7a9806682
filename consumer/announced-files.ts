import { randomUUID } from 'node:crypto';
import type { FileGlance } from './folder-scan.ts';
import { openSqlite, transaction } from '../storage/sqlite-file.ts';

/** The files that have been announced, remembered for all processes that watch one folder. */
export interface AnnouncedFiles {
  /**
   * Whether it is this watcher's turn. One at a time has it, from this call for {@link TURN_MS}, so that no two announce
   * the same file. A watcher that takes longer, or dies, loses it; at worst a file is then announced twice.
   */
  takeTurn(): boolean;

  /** Whether the file has been announced with this size and time. */
  has(file: FileGlance): boolean;

  add(files: readonly FileGlance[]): void;

  /** Gives the turn up. */
  close(): void;
}

/** Opens the file, or makes it. A power cut may take back what was added last. */
export function announcedFiles(file: string): AnnouncedFiles {
  const watcher = randomUUID();
  const database = openSqlite(file, SCHEMA);
  // A time further ahead than any turn is one of a clock that was put back since.
  const takeTurn = database.prepare(
    `INSERT INTO turn (only, watcher, ends_at) VALUES (1, $watcher, $now + $turn)
     ON CONFLICT (only) DO UPDATE SET watcher = excluded.watcher, ends_at = excluded.ends_at
     WHERE watcher = excluded.watcher OR ends_at NOT BETWEEN $now AND excluded.ends_at`,
  );
  const giveUpTurn = database.prepare('DELETE FROM turn WHERE watcher = ?');
  const find = database.prepare('SELECT 1 FROM announced WHERE key = ? AND size = ? AND modified_ms = ?');
  const insert = database.prepare(
    'INSERT OR REPLACE INTO announced (key, size, modified_ms) VALUES (?, ?, ?)',
  );

  return {
    takeTurn() {
      return takeTurn.run({ $watcher: watcher, $now: Date.now(), $turn: TURN_MS }).changes === 1;
    },
    has({ key, size, modifiedMs }) {
      return find.get(key, size, modifiedMs) !== undefined;
    },
    add(files) {
      transaction(database, 'process-crash', () => {
        for (const { key, size, modifiedMs } of files) insert.run(key, size, modifiedMs);
      });
    },
    close() {
      try {
        giveUpTurn.run(watcher);
      } finally {
        database.close();
      }
    },
  };
}

const TURN_MS = 5_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS announced (
    key TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    modified_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS turn (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    watcher TEXT NOT NULL,
    ends_at INTEGER NOT NULL
  ) STRICT;
`;
