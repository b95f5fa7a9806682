import { Worker } from 'node:worker_threads';
import { StalledError, startConsumer, type ConsumerHealth } from '../consumer/consume.ts';
import { keyRing } from '../consumer/keys/key-ring.ts';
import type { Log } from '../consumer/log.ts';
import { pauseNote } from '../consumer/pause-note.ts';
import type { Queue } from '../consumer/queue.ts';
import { partitionRegistrar } from '../consumer/register-partition.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import { taskProtection } from '../consumer/task-protection.ts';
import type { MetricValues } from '../schemas/metrics.ts';
import type { Settings } from '../settings.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { consumerMetrics } from './consumer-metrics.ts';
import type { ConsumerWorkerData } from './consumer-worker.ts';
import { openCatalogue, openKeyService, openPauses, openStores } from './open.ts';

export interface RunConsumerOptions {
  readonly localFolder: string | undefined;
  readonly settings: Settings;
  readonly queue: Queue;
  /** End when the queue holds nothing and everything is durable. */
  readonly drain: boolean;
  readonly stop: AbortSignal;
  readonly log: Log;
  /** Of this run. */
  readonly correlationId: string;
  /** Called once a minute and at the end, also at a bad one. */
  readonly onMetrics?: (values: MetricValues) => void;
  /** Called a few times a second. */
  readonly onProgress: (report: ConsumeReport, health: ConsumerHealth) => void;
}

/** Runs the consumer to its end, with worker threads of this process. The queue stays open. */
export async function runConsumer(options: RunConsumerOptions): Promise<ConsumeReport> {
  const { localFolder, settings, log } = options;
  const { heldBytes, ...limits } = settings.flush;
  const workerData: ConsumerWorkerData = {
    localFolder,
    limits: { ...limits, heldBytes: Math.ceil(heldBytes / settings.workers) },
  };
  const { corporate, published } = await openStores(localFolder);
  const ring = keyRing(await openKeyService(settings.keyService, options.correlationId));
  const catalogue = await catalogueIfAvailable(localFolder, log);
  const note = pauseNote(() => openPauses(localFolder), log);
  const protection =
    settings.ecsAgentUrl === undefined ? undefined : taskProtection(settings.ecsAgentUrl, log);
  const registrar = catalogue && partitionRegistrar(catalogue, log);
  let isPaused = false;
  let told: ConsumeReport | undefined;
  function tell(report: ConsumeReport, more: MetricValues = {}): void {
    options.onMetrics?.({ ...consumerMetrics(report, told, isPaused), ...more });
    told = report;
  }
  try {
    const consumer = startConsumer({
      ...options,
      ...settings,
      corporate,
      published,
      keyRing: ring,
      startWorker: () => new Worker(new URL('consumer-worker.ts', import.meta.url), { workerData }),
      onPause(pause) {
        isPaused = pause !== undefined;
        note.update(pause);
      },
      onWritten({ db, collection, exportDate }) {
        registrar?.register({ db, collection, exportDate });
      },
    });
    const ticking = setInterval(() => {
      const health = consumer.health();
      protection?.update(health.held);
      options.onProgress(consumer.report(), health);
    }, 250);
    const telling = setInterval(() => tell(consumer.report()), METRICS_MS);
    try {
      const report = await consumer.finished;
      tell(report, { WatchdogExits: 0 });
      return report;
    } catch (error) {
      tell(consumer.report(), { WatchdogExits: error instanceof StalledError ? 1 : 0 });
      throw error;
    } finally {
      clearInterval(ticking);
      clearInterval(telling);
    }
  } finally {
    ring.close();
    await registrar?.settled();
    await note.close();
    await catalogue?.close();
    await protection?.close();
  }
}

const METRICS_MS = 60_000;

/** Parts are complete without the catalogue, so one that cannot be opened stops nothing. */
async function catalogueIfAvailable(
  localFolder: string | undefined,
  log: Log,
): Promise<Catalogue | undefined> {
  try {
    return await openCatalogue(localFolder);
  } catch (error) {
    log('Catalogue:Unavailable', { reason: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}
