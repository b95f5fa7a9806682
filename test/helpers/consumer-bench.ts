import type { ExecutionContext } from 'ava';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { startConsumer, type ConsumeOptions, type Consumer } from '../../consumer/consume.ts';
import { keyRing, type KeyRing, type KeyRingOptions } from '../../consumer/keys/key-ring.ts';
import type { KeyService } from '../../consumer/keys/key-service.ts';
import { standaloneKeys } from '../../consumer/keys/standalone-keys.ts';
import type { FlushLimits } from '../../consumer/open-batches.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import type { Queue } from '../../consumer/queue.ts';
import type { ConsumeReport } from '../../consumer/tally.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import type { TestWorkerData } from './consumer-worker.ts';
import { newFolder } from './queue-place.ts';
import { newFaults, type Faults } from './worker-faults.ts';

export interface BenchOptions {
  readonly limits?: Partial<FlushLimits>;
  readonly maxReceiveCount?: number;
  readonly keys?: KeyService;
  readonly ring?: KeyRingOptions;
}

/** A folder with both buckets and a queue, and consumers with real worker threads on it. */
export interface ConsumerBench {
  readonly folder: string;
  readonly corporate: ObjectStore;
  readonly published: ObjectStore;
  readonly queue: Queue;
  readonly ring: KeyRing;
  readonly faults: Faults;
  /** Every worker thread that was started, the newest last. */
  readonly workers: Worker[];
  /** What consumers logged. */
  readonly events: { readonly event: string; readonly facts: Readonly<Record<string, unknown>> }[];
  /** Puts a source object and sends its event, pinned to what was put. */
  announce(key: string, body: Uint8Array): Promise<void>;
  /** Starts a consumer; it is stopped after the test. */
  start(options?: Partial<ConsumeOptions>): Consumer;
  /** Runs a consumer until the queue is empty. */
  drain(options?: Partial<ConsumeOptions>): Promise<ConsumeReport>;
}

export async function newConsumerBench(
  t: ExecutionContext,
  { limits = {}, maxReceiveCount = 10, keys = standaloneKeys(), ring: ringOptions = {} }: BenchOptions = {},
): Promise<ConsumerBench> {
  const folder = await newFolder(t);
  const corporate = localStore(join(folder, 'corporate'));
  const published = localStore(join(folder, 'published'));
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'), { maxReceiveCount });
  const ring = keyRing(keys, { retryMs: 1, probeMs: 20, maxProbeMs: 50, ...ringOptions });
  const faults = newFaults();
  const workers: Worker[] = [];
  const events: ConsumerBench['events'] = [];
  const stop = new AbortController();
  const running: Promise<unknown>[] = [];
  t.teardown(async () => {
    stop.abort();
    await Promise.allSettled(running);
    ring.close();
    await queue.close();
  });

  function startWorker(): Worker {
    const workerData: TestWorkerData = {
      folder,
      faults,
      limits: { valBytes: 64 << 20, rows: 500_000, ageMs: 30_000, heldBytes: 256 << 20, ...limits },
    };
    const worker = new Worker(new URL('consumer-worker.ts', import.meta.url), { workerData });
    workers.push(worker);
    return worker;
  }

  function start(options: Partial<ConsumeOptions> = {}): Consumer {
    const consumer = startConsumer({
      queue,
      corporate,
      published,
      keyRing: ring,
      startWorker,
      workers: 1,
      inFlightBytes: 64 << 20,
      visibilityTimeoutMs: 5_000,
      drain: false,
      onWritten: () => {},
      log: (event, facts = {}) => events.push({ event, facts }),
      ...options,
      stop: options.stop === undefined ? stop.signal : AbortSignal.any([stop.signal, options.stop]),
    });
    running.push(consumer.finished);
    return consumer;
  }

  return {
    folder,
    corporate,
    published,
    queue,
    ring,
    faults,
    workers,
    events,
    async announce(key, body) {
      const put = await corporate.put(key, body);
      if (put.kind === 'stored') await queue.send([objectCreated(key, put)]);
    },
    start,
    drain: (options) => start({ ...options, drain: true }).finished,
  };
}

/** The body of S3's notification of one object. */
export function objectCreated(key: string, { eTag, size }: { eTag?: string; size?: number } = {}): string {
  const encoded = encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'corporate' }, object: { key: encoded, size, eTag } },
      },
    ],
  });
}

/** Whether every received message ended in one outcome, and every line as a row, an entry or blank (R-NODROP). */
export function isBalanced({ messages, lines }: ConsumeReport): boolean {
  const { received, held, ingested, quarantined, skipped, released } = messages;
  return (
    held === 0 &&
    received === ingested + quarantined + skipped + released &&
    lines.read === lines.rows + lines.quarantined + lines.blank
  );
}
