import type { Pause, Pauses } from './pauses.ts';
import { openSqlite } from './sqlite-file.ts';
import { integerIn, textIn } from './sqlite-row.ts';
import type { Row } from './sqlite-row.ts';

/** Notes of pauses in a SQLite file, for any number of processes. */
export function sqlitePauses(file: string): Pauses {
  const database = openSqlite(file, PAUSE_SCHEMA);
  const write = database.prepare(
    `INSERT INTO pause (holder, reason, since_ms, noted_at_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT (holder) DO UPDATE
     SET reason = excluded.reason, since_ms = excluded.since_ms, noted_at_ms = excluded.noted_at_ms`,
  );
  const remove = database.prepare('DELETE FROM pause WHERE holder = ?');
  const selectAll = database.prepare('SELECT * FROM pause ORDER BY since_ms, holder');

  return {
    async note({ holder, reason, sinceMs, notedAtMs }) {
      write.run(holder, reason, sinceMs, notedAtMs);
    },

    async forget(holder) {
      remove.run(holder);
    },

    async list() {
      return selectAll.all().map(pauseFrom);
    },

    async close() {
      if (database.isOpen) database.close();
    },
  };
}

const PAUSE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS pause (
    holder TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    noted_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

function pauseFrom(row: Row): Pause {
  return {
    holder: textIn(row, 'holder'),
    reason: textIn(row, 'reason'),
    sinceMs: integerIn(row, 'since_ms'),
    notedAtMs: integerIn(row, 'noted_at_ms'),
  };
}
