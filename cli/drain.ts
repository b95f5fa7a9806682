import type { QueueDepth } from '../consumer/queue.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import { progressLine } from './consume.ts';
import { CommandFailed } from './ending.ts';
import { counted, grouped, roughTime } from './figures.ts';
import { openQueue } from './open.ts';
import type { Progress } from './progress.ts';
import { runConsumer, type RunConsumerOptions } from './run-consumer.ts';

export interface DrainOptions extends Pick<RunConsumerOptions, 'localFolder' | 'settings' | 'stop'> {
  /** How long nothing may come of the queue while it is not empty. */
  readonly mostIdleMs: number;
  readonly progress: Progress;
}

/**
 * Consumes the queue until it holds nothing, in flight elsewhere included, and says what was done.
 *
 * @throws {CommandFailed} when others hold on to messages, or they come back each time, or keys are out for too long.
 */
export async function drain({ mostIdleMs, progress, ...options }: DrainOptions): Promise<string> {
  const queue = await openQueue(options.localFolder);
  const idle = new AbortController();
  let moved = '';
  let movedAtMs = Date.now();
  try {
    const { messages, objects, lines } = await runConsumer({
      ...options,
      queue,
      drain: true,
      stop: AbortSignal.any([options.stop, idle.signal]),
      log: progress.log,
      correlationId: progress.correlationId,
      onProgress(soFar) {
        progress.update(progressLine(soFar));
        if (moved !== (moved = cameOf(soFar))) movedAtMs = Date.now();
        else if (Date.now() - movedAtMs > mostIdleMs + queue.depthLagMs) idle.abort();
      },
    });
    const depth = await queue.depth();
    if (idle.signal.aborted) throw new CommandFailed(notDrained(depth, mostIdleMs));
    const work = `${counted(messages.received, 'message')}, ${counted(objects.ingested, 'object')}, ${counted(lines.rows, 'row')}`;
    return depth.dead === 0 ? work : `${work}; ${counted(depth.dead, 'dead letter')}`;
  } finally {
    await queue.close();
  }
}

/** Differs when something is done for good. */
function cameOf({ messages, parts, quarantineFiles }: ConsumeReport): string {
  const { ingested, quarantined, skipped } = messages;
  return JSON.stringify([ingested, quarantined, skipped, parts.files, quarantineFiles]);
}

function notDrained({ visible, inFlight, delayed }: QueueDepth, mostIdleMs: number): string {
  return (
    `the queue does not drain: ${counted(visible + delayed, 'message')} waiting, ${grouped(inFlight)} in flight elsewhere, ` +
    `nothing done for ${roughTime(mostIdleMs)}; cdi status shows whether keys are out, cdi consume --drain what comes back, ` +
    `and what another consumer took comes back by itself if it died`
  );
}
