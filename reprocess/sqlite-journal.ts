import { openSqlite, transaction } from '../storage/sqlite-file.ts';
import { integerIn, textIn, type Row } from '../storage/sqlite-row.ts';
import { requestText, runState, STATES_BEFORE, type JournalledRun, type RunJournal } from './journal.ts';
import type { PlannedObject } from './plan.ts';

/** The journal in a SQLite file, for any number of processes. */
export function sqliteRunJournal(file: string): RunJournal {
  const database = openSqlite(file, SCHEMA);
  const openByDigest = database.prepare(`SELECT * FROM run WHERE digest = ? AND ${HAS_NOT_ENDED}`);
  const newestByDigest = database.prepare(
    'SELECT * FROM run WHERE digest = ? ORDER BY generation DESC LIMIT 1',
  );
  const openByRequest = database.prepare(
    `SELECT * FROM run WHERE request = ? AND ${HAS_NOT_ENDED} ORDER BY generation DESC LIMIT 1`,
  );
  const newest = database.prepare('SELECT coalesce(max(generation), 0) AS generation FROM run');
  const insertRun = database.prepare(
    'INSERT INTO run (generation, digest, mode, request, objects) VALUES (?, ?, ?, ?, ?)',
  );
  const insertObject = database.prepare(
    `INSERT INTO object (generation, position, key, size, e_tag, db, collection, export_date)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectObjects = database.prepare('SELECT * FROM object WHERE generation = ? ORDER BY position');
  const updateSent = database.prepare('UPDATE run SET sent = max(sent, ?) WHERE generation = ?');
  const updateState = database.prepare(
    `UPDATE run SET state = ? WHERE generation = ? AND state IN (SELECT value FROM json_each(?))
     AND generation = (SELECT max(generation) FROM run AS other WHERE other.digest = run.digest)`,
  );

  function found(row: Row | undefined): JournalledRun | undefined {
    return row === undefined ? undefined : runFrom(row);
  }

  return {
    async begin(plan, nowMs) {
      return transaction(database, 'power-cut', () => {
        const before = found(openByDigest.get(plan.digest));
        if (before !== undefined) return before;
        const generation = Math.max(nowMs, integerIn(newest.get() ?? {}, 'generation') + 1);
        const { digest, objects, request } = plan;
        insertRun.run(generation, digest, request.mode, requestText(request), objects.length);
        for (const [position, { key, size, eTag, collection, exportDate }] of objects.entries()) {
          const { db, collection: name } = collection;
          insertObject.run(generation, position, key, size, eTag, db, name, exportDate);
        }
        return {
          generation,
          digest,
          mode: request.mode,
          objects: objects.length,
          sent: 0,
          state: 'open',
        };
      });
    },

    async findByDigest(digest) {
      return found(newestByDigest.get(digest));
    },

    async findByRequest(request) {
      return found(openByRequest.get(requestText(request)));
    },

    async objects({ generation }) {
      return selectObjects.all(generation).map(objectFrom);
    },

    async markSent({ generation }, sent) {
      updateSent.run(sent, generation);
    },

    async advance({ generation }, state) {
      const before = JSON.stringify(STATES_BEFORE[state]);
      return transaction(
        database,
        'power-cut',
        () => updateState.run(state, generation, before).changes === 1,
      );
    },

    async close() {
      if (database.isOpen) database.close();
    },
  };
}

const HAS_NOT_ENDED = `state IN ('open', 'replacing')`;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS run (
    generation INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    mode TEXT NOT NULL,
    request TEXT NOT NULL,
    objects INTEGER NOT NULL,
    sent INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'open'
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS one_run_at_once ON run (digest) WHERE ${HAS_NOT_ENDED};
  CREATE TABLE IF NOT EXISTS object (
    generation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    key TEXT NOT NULL,
    size INTEGER NOT NULL,
    e_tag TEXT NOT NULL,
    db TEXT NOT NULL,
    collection TEXT NOT NULL,
    export_date TEXT NOT NULL,
    PRIMARY KEY (generation, position)
  ) STRICT, WITHOUT ROWID;
`;

function runFrom(row: Row): JournalledRun {
  return {
    generation: integerIn(row, 'generation'),
    digest: textIn(row, 'digest'),
    mode: textIn(row, 'mode') === 'replace' ? 'replace' : 'merge',
    objects: integerIn(row, 'objects'),
    sent: integerIn(row, 'sent'),
    state: runState(textIn(row, 'state')),
  };
}

function objectFrom(row: Row): PlannedObject {
  return {
    key: textIn(row, 'key'),
    size: integerIn(row, 'size'),
    eTag: textIn(row, 'e_tag'),
    collection: { db: textIn(row, 'db'), collection: textIn(row, 'collection') },
    exportDate: textIn(row, 'export_date'),
  };
}
