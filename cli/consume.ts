import type { Command } from 'commander';
import { StalledError } from '../consumer/consume.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import { watchFolder } from '../consumer/watch-folder.ts';
import { readSettings } from '../settings.ts';
import { existingFolder } from './arguments.ts';
import { CommandFailed } from './ending.ts';
import { corporateFolder, openQueue, stateFile } from './open.ts';
import { printJson, printLog, printText } from './output.ts';
import { startProgress } from './progress.ts';
import { runConsumer } from './run-consumer.ts';
import { stopOnSignals } from './stop.ts';

interface ConsumeCommandOptions {
  readonly local?: string;
  readonly drain?: boolean;
  readonly json?: true;
}

export function addConsume(program: Command): void {
  program
    .command('consume')
    .description('turn announced source objects into parts, until told to stop')
    .option('--local <DIR>', 'work in this folder: DIR/corporate, DIR/published, DIR/state', existingFolder)
    .option('--drain', 'take only what is in the queue, and end when all of it is durable')
    .option('--json', 'print what was done for a program')
    .addHelpText(
      'after',
      `
Without --drain it also watches DIR/corporate, so that dropping a file in is enough. Ctrl-C finishes what is
in work and ends; a second Ctrl-C ends at once, and loses nothing either.

Examples:
  $ cdi consume --local ./sample
  $ cdi notify --local ./sample --events events.jsonl && cdi consume --local ./sample --drain`,
    )
    .action(consume);
}

async function consume({ local, drain = false, json }: ConsumeCommandOptions): Promise<void> {
  const settings = readSettings();
  const queue = openQueue(local);
  const progress = startProgress();
  const stop = stopOnSignals();
  const end = new AbortController();
  const watch =
    drain || local === undefined
      ? undefined
      : watchFolder({
          folder: corporateFolder(local),
          stateFile: stateFile(local, 'announced'),
          queue,
          log: printLog,
          signal: AbortSignal.any([stop.signal, end.signal]),
        });
  try {
    const report = await runConsumer({
      localFolder: local,
      settings,
      queue,
      drain,
      stop: stop.signal,
      log: printLog,
      onProgress: (soFar) => progress.update(progressLine(soFar)),
    });
    const { dead } = await queue.depth();
    progress.end();
    if (json) printJson({ ...report, deadLetters: dead });
    else printText(summary(report, dead));
  } catch (error) {
    if (error instanceof StalledError) throw new CommandFailed(error.message);
    throw error;
  } finally {
    progress.end();
    stop.dispose();
    end.abort();
    await watch;
    await queue.close();
  }
}

export function progressLine({ messages, parts, elapsedMs }: ConsumeReport): string {
  const perSecond = Math.round(parts.rows / (elapsedMs / 1_000));
  return (
    `${grouped(messages.received)} messages received, ${grouped(messages.held)} in work, ` +
    `${grouped(parts.rows)} rows in ${grouped(parts.files)} parts, ${grouped(perSecond)} rows/s`
  );
}

function summary(report: ConsumeReport, dead: number): string {
  const { messages, objects, lines, parts } = report;
  const skipped = Object.values(objects.skipped).reduce((sum, count) => sum + count, 0);
  const reasons = Object.entries(report.quarantined).map(([reason, count]) => `${reason} ${grouped(count)}`);
  return [
    `messages     ${grouped(messages.received)} received, ${grouped(messages.released)} released for another try, ${grouped(dead)} dead letters`,
    `objects      ${grouped(objects.ingested)} ingested, ${grouped(skipped)} skipped, ${grouped(objects.missing)} missing, ${grouped(objects.failed)} failed`,
    `lines        ${grouped(lines.read)} = ${grouped(lines.rows)} rows + ${grouped(lines.quarantined)} quarantined + ${grouped(lines.blank)} blank`,
    `quarantined  ${reasons.length === 0 ? 'nothing' : reasons.join(', ')}`,
    `parts        ${grouped(parts.files)} with ${grouped(parts.rows)} rows, ${(parts.bytes / 1e6).toFixed(1)} MB`,
    `time         ${(report.elapsedMs / 1_000).toFixed(1)} s, ${grouped(Math.round(parts.rows / (report.elapsedMs / 1_000)))} rows/s`,
  ].join('\n');
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
