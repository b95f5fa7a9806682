import { Option, type Command } from 'commander';
import type { DeadLetter, Queue } from '../consumer/queue.ts';
import { existingFolder, plainText, wholeNumber } from './arguments.ts';
import { DEAD_LETTER_REASONS, deadLetterReason, type DeadLetterReason } from './dead-letter-reason.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { clock, counted, grouped } from './figures.ts';
import { openQueue, openReprocessQueue, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { startProgress } from './progress.ts';
import { redriveLetters } from './redrive-letters.ts';
import { textTable } from './text-table.ts';

const QUEUES = ['live', 'reprocess'] as const;
type QueueName = (typeof QUEUES)[number];

interface DlqOptions {
  readonly local?: string;
  /** Both when there is none. */
  readonly queue?: QueueName;
  readonly reason?: DeadLetterReason;
  readonly json?: true;
}

interface ListOptions extends DlqOptions {
  readonly limit: number;
}

interface RedriveOptions extends DlqOptions {
  readonly id?: string;
  readonly all?: true;
  readonly dryRun?: true;
}

export function addDlq(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('messages that were received too often')
    .addHelpText('after', '\nExample:\n  $ cdi dlq list --local ./sample');
  withQueue(dlq.command('list'))
    .description('show dead letters, the oldest first, and why they may have failed')
    .option('--limit <N>', 'how many to show', wholeNumber(1), 20)
    .addHelpText('after', `${REASONS_HELP}\n\nExample:\n  $ cdi dlq list --local ./sample --reason missing`)
    .action(list);
  withQueue(dlq.command('redrive'))
    .description('send dead letters anew')
    .option('--id <ID>', 'this one', plainText)
    .option('--all', 'every one')
    .option('--dry-run', 'only say which would be sent')
    .addHelpText(
      'after',
      `${REASONS_HELP}\n\nExample:\n  $ cdi dlq redrive --local ./sample --reason other --dry-run`,
    )
    .action(redrive);
}

const REASONS_HELP = `
Reasons, as the body and the bucket tell now:
  unparseable      the body is no notification
  nothing-to-read  it announces no object that is ever read
  missing          an object is not there, and none that covers it
  other            all objects are there now`;

function withQueue(command: Command): Command {
  return command
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .addOption(new Option('--queue <QUEUE>', 'only this queue').choices(QUEUES))
    .addOption(new Option('--reason <REASON>', 'those with this reason').choices(DEAD_LETTER_REASONS))
    .option('--json', 'print the result for a program');
}

async function list({ local, queue, reason, limit, json }: ListOptions): Promise<void> {
  const letters = (await inQueues(local, queue, (opened) => explained(opened, local, reason))).flatMap(
    ({ name, result }) => result.map((letter) => ({ queue: name, ...letter })),
  );
  const shown = letters.toSorted((a, b) => a.sentAt.getTime() - b.sentAt.getTime()).slice(0, limit);
  if (json) return printJson(shown);
  if (shown.length === 0) return printText('no dead letters');
  const rows = shown.map((letter) => [
    letter.queue,
    letter.id,
    letter.reason,
    letter.receiveCount,
    clock(letter.sentAt),
    letter.detail === '' ? letter.keys.join(' ') : letter.detail,
  ]);
  const head = ['queue', 'id', 'reason', 'receives', 'sent', 'objects'];
  printText(textTable(head, rows, process.stdout.columns));
}

async function redrive(options: RedriveOptions): Promise<void> {
  const { local, queue, reason, id, all, dryRun, json } = options;
  if ([reason, id, all].filter((one) => one !== undefined).length !== 1) {
    throw new UsageError('say which with one of --reason REASON, --id ID or --all');
  }
  if (id !== undefined && queue === undefined) {
    throw new UsageError('--id needs --queue: each queue has ids of its own');
  }
  const results = (
    await inQueues(local, queue, async (opened) => {
      // Of all there are, as their ids are what was there when this began: what fails anew is not sent twice.
      const letters = await explained(opened, local, reason);
      const ids = id === undefined ? letters.map((letter) => letter.id) : [id];
      return dryRun ? ids.map((one) => foretold(one, letters)) : await redriven(opened, ids);
    })
  ).flatMap(({ name, result }) => result.map((report) => ({ queue: name, ...report })));
  const failed = results.filter(({ result }) => result === 'missing' || result === 'failed');
  if (json) printJson(results);
  else {
    const lines = results.map(
      ({ queue: name, id: one, result, detail }) => `${name}  ${one}  ${result}${detail && `: ${detail}`}`,
    );
    printText([...lines, counted(results.length - failed.length, 'dead letter')].join('\n'));
  }
  if (failed.length > 0) throw new CommandFailed(`${counted(failed.length, 'dead letter')} not sent`);
}

function foretold(id: string, letters: readonly DeadLetter[]) {
  const isThere = letters.some((letter) => letter.id === id);
  return { id, result: isThere ? ('would-be-sent' as const) : ('missing' as const), detail: '' };
}

async function redriven(queue: Queue, ids: readonly string[]) {
  const progress = startProgress();
  try {
    return await redriveLetters(queue, ids, (done) =>
      progress.update(`${grouped(done)} of ${counted(ids.length, 'dead letter')} done`),
    );
  } finally {
    progress.end();
  }
}

type ExplainedLetter = DeadLetter & Awaited<ReturnType<typeof deadLetterReason>>;

async function explained(
  queue: Queue,
  local: string | undefined,
  wanted: DeadLetterReason | undefined,
): Promise<readonly ExplainedLetter[]> {
  const { corporate } = await openStores(local);
  const progress = startProgress();
  const letters: ExplainedLetter[] = [];
  try {
    const dead = await queue.peekDeadLetters((await queue.depth()).dead);
    for (const [index, letter] of dead.entries()) {
      const why = await deadLetterReason(corporate, letter.body);
      if (wanted === undefined || why.reason === wanted) letters.push({ ...letter, ...why });
      progress.update(`${grouped(index + 1)} of ${counted(dead.length, 'dead letter')} looked at`);
    }
  } finally {
    progress.end();
  }
  return letters;
}

/** Of the queue that was asked for, or of each. */
async function inQueues<Result>(
  local: string | undefined,
  asked: QueueName | undefined,
  work: (queue: Queue) => Promise<Result>,
): Promise<readonly { readonly name: QueueName; readonly result: Result }[]> {
  const results: { readonly name: QueueName; readonly result: Result }[] = [];
  for (const name of asked === undefined ? QUEUES : [asked]) {
    const queue = name === 'live' ? await openQueue(local) : await openReprocessQueue(local);
    try {
      results.push({ name, result: await work(queue) });
    } finally {
      await queue.close();
    }
  }
  return results;
}
