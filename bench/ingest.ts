import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { startConsumer } from '../consumer/consume.ts';
import { keyRing } from '../consumer/keys/key-ring.ts';
import { standaloneKeys } from '../consumer/keys/standalone-keys.ts';
import { sqliteQueue } from '../consumer/queue-sqlite.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import type { Collection } from '../schemas/collection.ts';
import { sampleLines } from '../schemas/sample/lines.ts';
import { localStore } from '../storage/local-store.ts';
import type { IngestWorkerData } from './ingest-worker.ts';
import { grouped } from './measure.ts';

interface Shape {
  readonly title: string;
  readonly objects: number;
  readonly lines: number;
}

interface Result {
  readonly report: ConsumeReport;
  /** Of all threads. */
  readonly cpuSeconds: number;
}

const WORKERS = availableParallelism();
const ROUNDS = 3;
const LINE_BYTES = 1_200;
/** Made once and put into several objects; what consumers do does not depend on it. */
const DISTINCT_RECORDS = 60_000;
const SHAPES: readonly Shape[] = [
  { title: 'large objects', objects: 60, lines: 10_000 },
  { title: 'objects of 20 KB', objects: 6_000, lines: 24 },
];
const LIMITS = { valBytes: 64 << 20, rows: 500_000, ageMs: 30_000, heldBytes: (256 << 20) / WORKERS };

/**
 * The whole way from source object to durable part: files, SQLite queue, worker threads, standalone keys; envelopes of
 * 1.2 KB; the codecs in turns.
 */
export async function benchIngest(): Promise<void> {
  for (const shape of SHAPES) {
    const folder = await mkdtemp(join(tmpdir(), 'cdi-bench-'));
    try {
      const bytes = await writeObjects(folder, shape);
      const best = new Map<Collection['compression'], Result>();
      for (let round = 0; round < ROUNDS; round++) {
        for (const compression of ['ZLIB', 'ZSTD'] as const) {
          const result = await ingest(folder, shape, compression);
          const known = best.get(compression);
          if (known === undefined || result.report.elapsedMs < known.report.elapsedMs)
            best.set(compression, result);
        }
      }
      for (const [compression, result] of best) print(shape, compression, result, bytes);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

function print(shape: Shape, compression: string, { report, cpuSeconds }: Result, bytes: number): void {
  const seconds = report.elapsedMs / 1_000;
  const memory = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(
    `${shape.title}, ${compression}: ${grouped(report.lines.rows / seconds)} records/s, ` +
      `${grouped(shape.objects / seconds)} objects/s, ${(bytes / seconds / 1e6).toFixed(0)} MB/s of lines, ` +
      `${report.parts.files} parts of ${(report.parts.bytes / 1e6).toFixed(1)} MB in all, ` +
      `${((cpuSeconds / report.lines.rows) * 1e6).toFixed(1)} µs of CPU a record, ${WORKERS} workers, process peak so far ${grouped(memory)} MiB\n`,
  );
}

/** Writes the source objects; answers the bytes of all lines. */
async function writeObjects(folder: string, { objects, lines }: Shape): Promise<number> {
  const corporate = localStore(join(folder, 'corporate'));
  const source = sampleLines({ count: DISTINCT_RECORDS, lineBytes: LINE_BYTES });
  const bodies: Buffer[] = [];
  while (bodies.length * lines < DISTINCT_RECORDS) {
    let text = '';
    for (let line = 0; line < lines; line++) text += `${source.next().value?.text ?? ''}\n`;
    bodies.push(gzipSync(text));
  }
  for (let object = 0; object < objects; object++) {
    await corporate.put(keyOf(object, lines), bodies[object % bodies.length] ?? Buffer.of());
  }
  return objects * lines * (LINE_BYTES + 1);
}

async function ingest(
  folder: string,
  { objects, lines }: Shape,
  compression: Collection['compression'],
): Promise<Result> {
  await rm(join(folder, 'published'), { recursive: true, force: true });
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  const ring = keyRing(standaloneKeys());
  await queue.send(Array.from({ length: objects }, (_, object) => eventOf(keyOf(object, lines))));
  const workerData: IngestWorkerData = { folder, limits: LIMITS, compression };
  const cpuBefore = process.cpuUsage();
  try {
    const report = await startConsumer({
      queue,
      corporate: localStore(join(folder, 'corporate')),
      published: localStore(join(folder, 'published')),
      keyRing: ring,
      startWorker: () => new Worker(new URL('ingest-worker.ts', import.meta.url), { workerData }),
      workers: WORKERS,
      inFlightBytes: 256 << 20,
      visibilityTimeoutMs: 60_000,
      drain: true,
      stop: new AbortController().signal,
      onWritten: () => {},
      log: () => {},
    }).finished;
    if (report.lines.rows !== objects * lines) throw new Error(`${report.lines.rows} rows came out`);
    const { user, system } = process.cpuUsage(cpuBefore);
    return { report, cpuSeconds: (user + system) / 1e6 };
  } finally {
    ring.close();
    await queue.close();
  }
}

function keyOf(object: number, lines: number): string {
  const from = object * lines;
  const file = `db.calculator.calculationParts_${object % 20}_${from}-${from + lines - 1}.jsonl.gz`;
  return `corporate_storage/ucfs_main/2026/07/02/calculator/calculationParts/${file}`;
}

function eventOf(key: string): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'corporate' }, object: { key } },
      },
    ],
  });
}
