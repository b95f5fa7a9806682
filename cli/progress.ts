import { randomUUID } from 'node:crypto';
import type { Log } from '../consumer/log.ts';
import type { MetricService, MetricValues } from '../schemas/metrics.ts';
import { emfLine } from './emf.ts';

const redrawMs = 100;

/** What a command says of itself while it works; `end` must be called, also after a failure. */
export interface Progress {
  /** Replaces the line that a person sees; where nobody watches, a line of its own now and then. */
  update(line: string): void;
  /** Tells a person who watches something that stays; nothing where nobody does. */
  tell(line: string): void;
  /**
   * Writes an event: for a program as a line of JSON with its time and the run, for a person who watches in short and
   * without those that say that all goes well.
   */
  readonly log: Log;
  /** Writes metrics for CloudWatch into the log. */
  metrics(service: MetricService, values: MetricValues): void;
  /** Of this run, in each of its events. */
  readonly correlationId: string;
  end(): void;
}

/**
 * Writes to a stream that a person watches if it is a terminal.
 *
 * @param plainEveryMs - how often it says how far the work has come where nobody watches
 */
export function startProgress(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'> = process.stderr,
  plainEveryMs = 30_000,
): Progress {
  const correlationId = randomUUID();
  let shown = '';
  let drawnAtMs = stream.isTTY ? Number.NEGATIVE_INFINITY : performance.now();

  function draw(line: string): void {
    shown = line;
    if (stream.isTTY) stream.write(`\r\u001B[K${line.slice(0, (stream.columns || 80) - 1)}`);
  }
  function writeAbove(line: string): void {
    const below = shown;
    if (below !== '') draw('');
    stream.write(line);
    if (below !== '') draw(below);
  }

  const log: Log = (event, facts = {}) =>
    stream.isTTY
      ? writeAbove(`${event} ${JSON.stringify(facts)}\n`)
      : stream.write(`${JSON.stringify({ time: new Date(), event, correlationId, ...facts })}\n`);

  return {
    update(line) {
      if (performance.now() - drawnAtMs < (stream.isTTY ? redrawMs : plainEveryMs)) return;
      drawnAtMs = performance.now();
      if (stream.isTTY) draw(line);
      else stream.write(`${line}\n`);
    },
    tell(line) {
      if (stream.isTTY) writeAbove(`${line}\n`);
    },
    log: stream.isTTY ? withoutGoodNews(log) : log,
    correlationId,
    metrics: (service, values) => writeAbove(emfLine(service, values, correlationId, Date.now())),
    end() {
      if (shown !== '') draw('');
    },
  };
}

/** Leaves out the events that say that all goes well. */
export function withoutGoodNews(log: Log): Log {
  return (event, facts) => {
    if (event !== 'Partition:Registered') log(event, facts);
  };
}
