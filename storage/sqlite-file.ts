import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens a database that several processes use at the same time, and makes it and its tables if they are missing.
 *
 * A commit outlives the death of the process. Whether it also outlives a power cut is for the writer to choose, see
 * {@link transaction}. Calls block this thread, for {@link BUSY_TIMEOUT_MS} at most while another process writes.
 *
 * @param schema - SQL that may run again and again: `CREATE … IF NOT EXISTS`.
 * @throws {StateFileError} when the file cannot be opened or is no database.
 */
export function openSqlite(file: string, schema: string): DatabaseSync {
  try {
    return open(file, schema);
  } catch (cause) {
    throw isBusy(cause) ? cause : new StateFileError(file, cause);
  }
}

/** A file of state cannot be opened: it is damaged, or its folder is no place for it. */
export class StateFileError extends Error {
  override readonly name = 'StateFileError';

  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : 'unknown error';
    super(
      `cannot open ${file}: ${reason}; move its folder away, it is made anew, and announce again what is not ingested`,
      {
        cause,
      },
    );
  }
}

function open(file: string, schema: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    turnOnWriteAheadLog(database);
    database.exec('PRAGMA synchronous = NORMAL');
    transaction(database, 'process-crash', () => database.exec(schema));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What a commit survives: the end of the process, or of the machine as well, which costs an fsync. */
export type Durability = 'process-crash' | 'power-cut';

/** Runs the action with the write lock held from the start, and commits; or takes everything back if it throws. */
export function transaction<T>(database: DatabaseSync, durability: Durability, action: () => T): T {
  if (durability === 'power-cut') database.exec('PRAGMA synchronous = FULL');
  try {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  } finally {
    if (durability === 'power-cut') database.exec('PRAGMA synchronous = NORMAL');
  }
}

const BUSY_TIMEOUT_MS = 10_000;

/** SQLite does not wait for the others here: two processes that start together would trip over each other. */
function turnOnWriteAheadLog(database: DatabaseSync): void {
  const deadlineMs = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadlineMs) throw error;
      // A pause without giving up the thread, like SQLite's own.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function isBusy(error: unknown): boolean {
  const SQLITE_BUSY = 5;
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
