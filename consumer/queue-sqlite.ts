import { setImmediate as eventLoopTurn, setTimeout as delay } from 'node:timers/promises';
import { openSqlite, transaction } from '../storage/sqlite-file.ts';
import { integerIn, textIn } from '../storage/sqlite-row.ts';
import type { Row } from '../storage/sqlite-row.ts';
import { assertReceivable } from './queue.ts';
import type {
  DeadLetter,
  OnceMessage,
  OnceQueue,
  QueueDepth,
  QueueMessage,
  RedriveResult,
  SendResult,
  SettleResult,
} from './queue.ts';

export interface SqliteQueueOptions {
  /**
   * Queues of different names share the file and nothing else.
   *
   * @defaultValue `'live'`
   */
  readonly name?: string;
  /**
   * How often a message is received before it becomes a dead letter.
   *
   * @defaultValue 10
   */
  readonly maxReceiveCount?: number;
  /**
   * In UTF-8.
   *
   * @defaultValue 256 KiB
   */
  readonly maxBodyBytes?: number;
}

/**
 * A queue in a SQLite file, for any number of processes of one machine.
 *
 * What is sent survives a power cut. Receives and settlements survive the end of the process only: an fsync for each
 * would cost most of the throughput, and one that is lost is a redelivery, which consumers must expect anyway.
 *
 * A message's id is the sequence of its row; its receipt handle is that and the number of the delivery. Sequences are
 * never used again and deliveries never counted back, so a handle never matches what it was not given for.
 *
 * | state     | visible_at | in_flight | becomes                                                                     |
 * | --------- | ---------- | --------- | --------------------------------------------------------------------------- |
 * | visible   | past       | any       | in flight by a receive; a dead letter by a receive when received too often  |
 * | in flight | future     | 1         | deleted; delayed or visible by a release; visible when its time is over     |
 * | delayed   | future     | 0         | visible when its time is over                                               |
 */
export function sqliteQueue(file: string, options: SqliteQueueOptions = {}): OnceQueue {
  const { name = 'live', maxReceiveCount = 10, maxBodyBytes = 256 * 1024 } = options;
  const database = openSqlite(file, SCHEMA);
  const insert = database.prepare(
    'INSERT INTO message (queue, body, sent_at, visible_at) VALUES (?, ?, ?, ?)',
  );
  const remember = database.prepare('INSERT INTO sent_once (queue, id, sequence) VALUES (?, ?, ?)');
  const findSent = database.prepare('SELECT sequence FROM sent_once WHERE queue = ? AND id = ?');
  const findVisible = database.prepare('SELECT 1 FROM message WHERE queue = ? AND visible_at <= ? LIMIT 1');
  const selectVisible = database.prepare(
    `SELECT sequence, body, sent_at, receive_count, delivery FROM message
     WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, sequence LIMIT ?`,
  );
  const take = database.prepare(
    `UPDATE message SET visible_at = ?, in_flight = 1, receive_count = receive_count + 1, delivery = delivery + 1
     WHERE sequence = ?`,
  );
  const remove = database.prepare('DELETE FROM message WHERE sequence = ? AND delivery = ? AND queue = ?');
  const hide = database.prepare(
    `UPDATE message SET visible_at = ?
     WHERE sequence = ? AND delivery = ? AND queue = ? AND in_flight AND visible_at > ?`,
  );
  const giveBack = database.prepare(
    `UPDATE message SET visible_at = ?, in_flight = 0, delivery = delivery + 1, receive_count = receive_count - ?
     WHERE sequence = ? AND delivery = ? AND queue = ?`,
  );
  const bury = database.prepare(
    `INSERT INTO dead_letter (sequence, queue, body, sent_at, receive_count)
     SELECT sequence, queue, body, sent_at, receive_count FROM message WHERE sequence = ?`,
  );
  const dropBuried = database.prepare('DELETE FROM message WHERE sequence = ?');
  const countByState = database.prepare(
    `SELECT total(visible_at <= $now) AS visible,
            total(visible_at > $now AND in_flight) AS inFlight,
            total(visible_at > $now AND NOT in_flight) AS delayed
     FROM message WHERE queue = $queue`,
  );
  const countDead = database.prepare('SELECT count(*) AS dead FROM dead_letter WHERE queue = ?');
  const selectOldest = database.prepare(
    'SELECT sent_at FROM message WHERE queue = ? ORDER BY sequence LIMIT 1',
  );
  const selectDead = database.prepare(
    'SELECT sequence, body, sent_at, receive_count FROM dead_letter WHERE queue = ? ORDER BY sequence LIMIT ?',
  );
  const takeDead = database.prepare(
    'DELETE FROM dead_letter WHERE sequence = ? AND queue = ? RETURNING body',
  );

  function sendOne(body: string): SendResult {
    const bytes = Buffer.byteLength(body);
    if (bytes > maxBodyBytes)
      return { kind: 'refused', reason: `${bytes} bytes, the limit is ${maxBodyBytes}` };
    if (!body.isWellFormed()) return { kind: 'refused', reason: 'not well-formed Unicode' };
    return { kind: 'sent', id: insertOne(body) };
  }

  function sendOneOnce({ id, body }: OnceMessage): SendResult {
    const before = findSent.get(name, id);
    if (before !== undefined) return { kind: 'sent', id: String(integerIn(before, 'sequence')) };
    const result = sendOne(body);
    if (result.kind === 'sent') remember.run(name, id, Number(result.id));
    return result;
  }

  function insertOne(body: string): string {
    const nowMs = Date.now();
    return String(insert.run(name, body, nowMs, nowMs).lastInsertRowid);
  }

  function takeVisible(max: number, visibilityTimeoutMs: number): QueueMessage[] {
    const nowMs = Date.now();
    // Reading only, most polls disturb nobody.
    if (findVisible.get(name, nowMs) === undefined) return [];
    return transaction(database, 'process-crash', () => {
      const taken: QueueMessage[] = [];
      for (;;) {
        const rows = selectVisible.all(name, nowMs, max - taken.length);
        if (rows.length === 0) return taken;
        for (const row of rows) {
          const sequence = integerIn(row, 'sequence');
          if (integerIn(row, 'receive_count') >= maxReceiveCount) {
            bury.run(sequence);
            dropBuried.run(sequence);
          } else {
            take.run(Math.ceil(nowMs + visibilityTimeoutMs), sequence);
            taken.push(messageTaken(row));
          }
        }
      }
    });
  }

  function settle<T>(
    entries: readonly T[],
    receiptHandleOf: (entry: T) => string,
    change: (receipt: Receipt, entry: T) => number | bigint,
  ): SettleResult[] {
    if (entries.length === 0) return [];
    return transaction(database, 'process-crash', () =>
      entries.map((entry) => {
        const receipt = parseReceiptHandle(receiptHandleOf(entry));
        return { kind: receipt !== undefined && change(receipt, entry) === 1 ? 'done' : 'expired' };
      }),
    );
  }

  function redriveOne(id: string): RedriveResult {
    const letter = DIGITS.test(id) ? takeDead.get(Number(id), name) : undefined;
    return letter === undefined
      ? { kind: 'missing' }
      : { kind: 'sent', id: insertOne(textIn(letter, 'body')) };
  }

  return {
    async send(bodies) {
      return transaction(database, 'power-cut', () => bodies.map(sendOne));
    },

    async sendOnce(messages) {
      return transaction(database, 'power-cut', () => messages.map(sendOneOnce));
    },

    async receive(receiveOptions) {
      assertReceivable(receiveOptions);
      const { max, waitMs, visibilityTimeoutMs, signal } = receiveOptions;
      const deadlineMs = performance.now() + waitMs;
      // SQLite answers at once: who receives and gives back in a loop would keep the event loop from all else.
      await eventLoopTurn();
      for (;;) {
        if (!database.isOpen || signal?.aborted === true) return [];
        const messages = takeVisible(max, visibilityTimeoutMs);
        const leftMs = deadlineMs - performance.now();
        if (messages.length > 0 || leftMs <= 0) return messages;
        await pause(Math.min(leftMs, POLL_INTERVAL_MS), signal);
      }
    },

    async delete(receiptHandles) {
      return settle(receiptHandles, itself, (receipt) => {
        return remove.run(receipt.sequence, receipt.delivery, name).changes;
      });
    },

    async changeVisibility(entries) {
      const nowMs = Date.now();
      return settle(
        entries,
        ({ receiptHandle }) => receiptHandle,
        ({ sequence, delivery }, { visibilityTimeoutMs }) => {
          return hide.run(Math.ceil(nowMs + visibilityTimeoutMs), sequence, delivery, name, nowMs).changes;
        },
      );
    },

    async release(receiptHandles, { delayMs, countReceive = true }) {
      const nowMs = Date.now();
      return settle(receiptHandles, itself, ({ sequence, delivery }) => {
        return giveBack.run(Math.ceil(nowMs + delayMs), countReceive ? 0 : 1, sequence, delivery, name)
          .changes;
      });
    },

    async depth(): Promise<QueueDepth> {
      const counts = countByState.get({ $now: Date.now(), $queue: name }) ?? {};
      const oldest = selectOldest.get(name);
      return {
        visible: integerIn(counts, 'visible'),
        inFlight: integerIn(counts, 'inFlight'),
        delayed: integerIn(counts, 'delayed'),
        dead: integerIn(countDead.get(name) ?? {}, 'dead'),
        oldestSentAt: oldest === undefined ? undefined : dateIn(oldest, 'sent_at'),
      };
    },

    depthLagMs: 0,

    async peekDeadLetters(limit) {
      return selectDead.all(name, limit).map(deadLetterFrom);
    },

    async redrive(ids) {
      return transaction(database, 'power-cut', () => ids.map(redriveOne));
    },

    async close() {
      if (database.isOpen) database.close();
    },
  };
}

/** How soon a waiting receive sees what another process has sent. */
const POLL_INTERVAL_MS = 100;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS message (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    in_flight INTEGER NOT NULL DEFAULT 0,
    receive_count INTEGER NOT NULL DEFAULT 0,
    delivery INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_by_visibility ON message (queue, visible_at, in_flight);
  CREATE INDEX IF NOT EXISTS message_by_age ON message (queue);
  CREATE TABLE IF NOT EXISTS sent_once (
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (queue, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS dead_letter (
    sequence INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    receive_count INTEGER NOT NULL
  ) STRICT;
`;

interface Receipt {
  readonly sequence: number;
  readonly delivery: number;
}

const DIGITS = /^\d+$/;

function parseReceiptHandle(receiptHandle: string): Receipt | undefined {
  const [sequence = '', delivery = '', ...more] = receiptHandle.split('.');
  if (!DIGITS.test(sequence) || !DIGITS.test(delivery) || more.length > 0) return undefined;
  return { sequence: Number(sequence), delivery: Number(delivery) };
}

/** From the row as it was before it was taken. */
function messageTaken(row: Row): QueueMessage {
  const id = String(integerIn(row, 'sequence'));
  return {
    id,
    body: textIn(row, 'body'),
    receiptHandle: `${id}.${integerIn(row, 'delivery') + 1}`,
    receiveCount: integerIn(row, 'receive_count') + 1,
    sentAt: dateIn(row, 'sent_at'),
  };
}

function deadLetterFrom(row: Row): DeadLetter {
  return {
    id: String(integerIn(row, 'sequence')),
    body: textIn(row, 'body'),
    receiveCount: integerIn(row, 'receive_count'),
    sentAt: dateIn(row, 'sent_at'),
  };
}

function dateIn(row: Row, column: string): Date {
  return new Date(integerIn(row, column));
}

function itself(receiptHandle: string): string {
  return receiptHandle;
}

async function pause(timeMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(timeMs, undefined, { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
