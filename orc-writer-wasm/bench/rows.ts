// What it costs to write rows one by one: `addRow` and `rowAppender` against the columns as typed arrays, and against
// JSON.parse of the same rows, in seconds of CPU time for a million rows.
// Run: node orc-writer-wasm/bench/rows.ts [rows]

import type { ColumnBatch } from '../src/columns.ts';
import { rowBuilder, type RowAppender } from '../src/row-appender.ts';
import { parseSchema } from '../src/schema.ts';
import { createWriter, type Writer } from '../src/writer.ts';

const SCHEMA =
  'struct<user_id:bigint,status:int,ts:timestamp,score:double,amount:decimal(18,2),active:boolean,' +
  'country:string,path:string,url:string,agent:string,uuid:string,payload:string>';
const rows = Number(process.argv[2] ?? 100_000);

interface Row {
  readonly user_id: number;
  readonly status: number;
  readonly ts: string;
  readonly score: number | null;
  readonly amount: string;
  readonly active: boolean;
  readonly country: string;
  readonly path: string;
  readonly url: string;
  readonly agent: string;
  readonly uuid: string;
  readonly payload: string;
}

let state = 1;
function below(limit: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}
const hex = (digits: number): string => Array.from({ length: digits }, () => below(16).toString(16)).join('');
const agents = Array.from(
  { length: 60 },
  (_, i) =>
    `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.${i} (KHTML, like Gecko) Chrome/1${i}.0.0.0 Safari/537.36`,
);

const lines = Array.from({ length: rows }, (_, i) => {
  const row: Row = {
    user_id: below(1_000_000) * 1000 + below(50),
    status: [200, 201, 204, 301, 404, 500, 503][below(7)] ?? 0,
    ts: new Date(1.79e12 + i * 137).toISOString().replace('T', ' ').replace('Z', ''),
    score: below(100) < 15 ? null : below(1e9) / 1e7,
    amount: `${below(100_000)}.${String(below(100)).padStart(2, '0')}`,
    active: below(2) === 1,
    country: ['de', 'at', 'ch', 'fr', 'pl', 'nl'][below(6)] ?? '',
    path: `/v${below(3)}/items/${below(500)}`,
    url: `https://example.com/shop/${below(55_000)}/details`,
    agent: agents[below(60)] ?? '',
    uuid: `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
    payload: `{"a":"${hex(20)}","b":${below(1e6)},"c":"${hex(32)}","d":true}`,
  };
  return JSON.stringify(row);
});

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
