import { mkdir } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import type { Command } from 'commander';
import { BrokenWorkerError, StalledError } from '../consumer/consume.ts';
import { serveHealth, type HealthEndpoint } from '../consumer/health.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import { watchFolder } from '../consumer/watch-folder.ts';
import { readSettings } from '../settings.ts';
import { existingFolder } from './arguments.ts';
import { CommandFailed } from './ending.ts';
import { counted, grouped, megabytes, rate, roughTime, seconds } from './figures.ts';
import { corporateFolder, openQueue, openReprocessQueue, stateFile } from './open.ts';
import { printJson, printNote, printText } from './output.ts';
import { startProgress } from './progress.ts';
import { runConsumer } from './run-consumer.ts';
import { stopOnSignals } from './stop.ts';

interface ConsumeCommandOptions {
  readonly local?: string;
  readonly drain?: boolean;
  readonly reprocess?: boolean;
  readonly json?: true;
}

export function addConsume(program: Command): void {
  program
    .command('consume')
    .description('turn announced source objects into parts, until told to stop')
    .option('--local <DIR>', 'work in this folder: DIR/corporate, DIR/published, DIR/state', existingFolder)
    .option('--drain', 'take only what is in the queue, and end when all of it is durable')
    .option('--reprocess', 'take from the queue of what is read again, and from no other')
    .option('--json', 'print what was done for a program')
    .addHelpText(
      'after',
      `
Without --drain it also watches DIR/corporate, so that dropping a file in is
enough. Ctrl-C finishes what is in work and ends; a second Ctrl-C ends at once,
and loses nothing either.

With --reprocess it takes what cdi reprocess run and cdi quarantine replay sent,
and watches no folder. Live ingestion is a process of its own beside it, which
goes first where both want the processors.

Examples:
  $ cdi consume --local ./sample
  $ cdi consume --local ./sample --drain --json
  $ cdi consume --local ./sample --reprocess --drain`,
    )
    .action(consume);
}

async function consume({
  local,
  drain = false,
  reprocess = false,
  json,
}: ConsumeCommandOptions): Promise<void> {
  const settings = readSettings();
  // Before any worker thread starts, as each has the priority of the thread that starts it.
  if (reprocess) setPriority(constants.priority.PRIORITY_LOW);
  const queue = reprocess ? await openReprocessQueue(local) : await openQueue(local);
  const progress = startProgress();
  const stop = stopOnSignals();
  const end = new AbortController();
  stop.signal.addEventListener('abort', () =>
    progress.tell('Finishing what is in work; Ctrl-C once more ends at once, and loses nothing either.'),
  );
  let watch: Promise<void> | undefined;
  let endpoint: HealthEndpoint | undefined;
  try {
    if (settings.healthPort !== undefined) endpoint = await serveHealth(settings.healthPort);
    const latest = roughTime(settings.flush.ageMs);
    if (!drain && reprocess) {
      progress.tell(`Watching the reprocess queue; rows are in parts after ${latest} at the latest.`);
    }
    if (!drain && !reprocess && local !== undefined) {
      const folder = corporateFolder(local);
      await mkdir(folder, { recursive: true });
      watch = watchFolder({
        folder,
        stateFile: stateFile(local, 'announced'),
        queue,
        log: progress.log,
        signal: AbortSignal.any([stop.signal, end.signal]),
      });
      progress.tell(`Watching ${folder} and the queue; rows are in parts after ${latest} at the latest.`);
    }
    if (!drain) progress.tell('Ctrl-C finishes what is in work and ends.');
    const report = await runConsumer({
      localFolder: local,
      settings,
      queue,
      drain,
      stop: stop.signal,
      log: progress.log,
      correlationId: progress.correlationId,
      ...(settings.hasMetrics && {
        onMetrics: (values) => progress.metrics(reprocess ? 'reprocess' : 'consume', values),
      }),
      onProgress(soFar, health) {
        progress.update(progressLine(soFar));
        endpoint?.update(health);
      },
    });
    const { dead } = await queue.depth();
    progress.end();
    if (json) printJson({ ...report, deadLetters: dead });
    else {
      printText(summary(report, dead, drain));
      if (drain && !reprocess && report.messages.received === 0) printNote(NOTHING_ANNOUNCED);
    }
  } catch (error) {
    if (error instanceof StalledError || error instanceof BrokenWorkerError) {
      throw new CommandFailed(error.message);
    }
    throw error;
  } finally {
    progress.end();
    stop.dispose();
    end.abort();
    await watch;
    await endpoint?.close();
    await queue.close();
  }
}

const NOTHING_ANNOUNCED =
  'The queue was empty. For objects nobody announced: cdi heal --export-date DATE, or cdi consume without --drain.';

/** What a person sees while the consumer runs. */
export function progressLine({ messages, parts, elapsedMs }: ConsumeReport): string {
  const work = messages.held === 0 ? 'waiting for messages' : `${counted(messages.held, 'message')} in work`;
  return `${work}; ${counted(parts.rows, 'row')} in ${counted(parts.files, 'part')} after ${roughTime(elapsedMs)}`;
}

function summary(report: ConsumeReport, dead: number, drain: boolean): string {
  const { messages, objects, lines, parts, elapsedMs } = report;
  const skipped = Object.values(objects.skipped).reduce((sum, count) => sum + count, 0);
  const reasons = Object.entries(report.quarantined)
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${grouped(count)}`);
  // The rate of a consumer that waits for what is dropped in says nothing.
  const speed = drain ? `, ${rate(parts.rows, 'rows', elapsedMs)}` : '';
  return [
    `messages     ${grouped(messages.received)} received, ${grouped(messages.released)} released for another try, ${counted(dead, 'dead letter')}`,
    `objects      ${grouped(objects.ingested)} ingested, ${grouped(skipped)} skipped, ${grouped(objects.missing)} missing, ${grouped(objects.failed)} failed`,
    `lines        ${grouped(lines.read)} = ${counted(lines.rows, 'row')} + ${grouped(lines.quarantined)} quarantined + ${grouped(lines.blank)} blank`,
    `quarantined  ${reasons.length === 0 ? 'nothing' : inLines(reasons, 3).join(',\n             ')}`,
    `parts        ${grouped(parts.files)} with ${counted(parts.rows, 'row')}, ${megabytes(parts.bytes)}`,
    `time         ${seconds(elapsedMs)}${speed}`,
  ].join('\n');
}

function inLines(words: readonly string[], wordsPerLine: number): string[] {
  return words
    .flatMap((_, index) => (index % wordsPerLine === 0 ? [words.slice(index, index + wordsPerLine)] : []))
    .map((line) => line.join(', '));
}
