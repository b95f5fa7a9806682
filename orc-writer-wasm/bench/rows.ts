// What it costs to write rows one by one: `addRow` and `rowAppender` against the columns as typed arrays, and against
// JSON.parse of the same rows, in seconds of CPU time for a million rows.
// Run: node orc-writer-wasm/bench/rows.ts [rows]

import type { ColumnBatch } from '../src/columns.ts';
import { rowBuilder, type RowAppender } from '../src/row-appender.ts';
import { parseSchema } from '../src/schema.ts';
import { createWriter, type Writer } from '../src/writer.ts';
import { SCHEMA, sampleLines, type Row } from './sample-rows.ts';

const rows = Number(process.argv[2] ?? 100_000);

const lines = sampleLines(rows);
const parsed = lines.map((line) => JSON.parse(line) as Row);
const batches: ColumnBatch[] = [];
const builder = rowBuilder(parseSchema(SCHEMA));
for (const row of parsed) {
  builder.add(row);
  if (builder.isFull) builder.drain(keep);
}
builder.drain(keep);

const seconds = new Map<string, number>();
for (let round = 0; round < 7; round++) {
  await timed('JSON.parse', () => {
    for (const line of lines) JSON.parse(line);
  });
  await timed('objects into columns', () => {
    for (const row of parsed) {
      builder.add(row);
      if (builder.isFull) builder.drain(ignore);
    }
    builder.drain(ignore);
  });
  await timed('values into columns', () => appendAll(builder, () => builder.isFull && builder.drain(ignore)));
  await timed('typed arrays into a file', () => written(addBatches));
  await timed('addRow into a file', () => written(addRows));
  await timed('rowAppender into a file', () => written((writer) => appendAll(writer.rowAppender())));
}
for (const [name, best] of seconds) {
  process.stdout.write(
    `${name}: ${((best / rows) * 1e6).toFixed(2)} s a million rows, ${(rows / best / 1e6).toFixed(2)} Mrow/s\n`,
  );
}

function keep(batch: ColumnBatch): void {
  batches.push(structuredClone(batch));
}

function ignore(): void {}

async function addBatches(writer: Writer): Promise<void> {
  for (const batch of batches) await writer.addRowBatch(batch);
}

async function addRows(writer: Writer): Promise<void> {
  for (const row of parsed) {
    const waiting = writer.addRow(row);
    if (waiting !== undefined) await waiting;
  }
}

async function appendAll(appender: RowAppender, afterRow: () => unknown = ignore): Promise<void> {
  const userId = appender.column('user_id');
  const status = appender.column('status');
  const ts = appender.column('ts');
  const score = appender.column('score');
  const amount = appender.column('amount');
  const active = appender.column('active');
  const country = appender.column('country');
  const path = appender.column('path');
  const url = appender.column('url');
  const agent = appender.column('agent');
  const uuid = appender.column('uuid');
  const payload = appender.column('payload');
  for (const row of parsed) {
    userId.set(row.user_id);
    status.set(row.status);
    ts.set(row.ts);
    score.set(row.score);
    amount.set(row.amount);
    active.set(row.active);
    country.set(row.country);
    path.set(row.path);
    url.set(row.url);
    agent.set(row.agent);
    uuid.set(row.uuid);
    payload.set(row.payload);
    const waiting = appender.end();
    if (waiting !== undefined) await waiting;
    afterRow();
  }
}

async function written(add: (writer: Writer) => Promise<void>): Promise<void> {
  const writer = await createWriter(() => {}, { schema: SCHEMA, compression: 'ZSTD', compressionLevel: 1 });
  await add(writer);
  await writer.close();
}

async function timed(name: string, run: () => void | Promise<void>): Promise<void> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  seconds.set(name, Math.min(seconds.get(name) ?? Infinity, (user + system) / 1e6));
}
