import { Option, type Command } from 'commander';
import type { DeadLetter, Queue, RedriveResult } from '../consumer/queue.ts';
import { existingFolder, plainText, wholeNumber } from './arguments.ts';
import { DEAD_LETTER_REASONS, deadLetterReason, type DeadLetterReason } from './dead-letter-reason.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { clock, counted } from './figures.ts';
import { openQueue, openReprocessQueue, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { textTable } from './text-table.ts';

interface DlqOptions {
  readonly local?: string;
  readonly queue: 'live' | 'reprocess';
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
    .addOption(new Option('--queue <QUEUE>', 'which queue').choices(['live', 'reprocess']).default('live'))
    .addOption(new Option('--reason <REASON>', 'those with this reason').choices(DEAD_LETTER_REASONS))
    .option('--json', 'print the result for a program');
}

async function list({ local, queue: name, reason, limit, json }: ListOptions): Promise<void> {
  const queue = open(name, local);
  try {
    const letters = (await explainedLetters(queue, local, reason)).slice(0, limit);
    if (json) return printJson(letters);
    if (letters.length === 0) return printText('no dead letters');
    const rows = letters.map((letter) => [
      letter.id,
      letter.reason,
      letter.receiveCount,
      clock(letter.sentAt),
      letter.detail === '' ? letter.keys.join(' ') : letter.detail,
    ]);
    printText(textTable(['id', 'reason', 'receives', 'sent', 'objects'], rows, process.stdout.columns));
  } finally {
    await queue.close();
  }
}

async function redrive(options: RedriveOptions): Promise<void> {
  const { local, queue: name, reason, id, all, dryRun, json } = options;
  if ([reason, id, all].filter((one) => one !== undefined).length !== 1) {
    throw new UsageError('say which with one of --reason REASON, --id ID or --all');
  }
  const queue = open(name, local);
  let results: readonly RedriveReport[];
  try {
    // Of all there are, as their ids are what was there when this began: what fails anew is not sent twice.
    const letters = await explainedLetters(queue, local, reason);
    const ids = id === undefined ? letters.map((letter) => letter.id) : [id];
    results = dryRun
      ? ids.map((one) => wouldBeSent(one, letters))
      : // All together, as a queue may have to look through its dead letters to find one.
        (await queue.redrive(ids)).map((result, index) => redriveReport(ids[index] ?? '', result));
  } finally {
    await queue.close();
  }
  const failed = results.filter(({ result }) => result === 'missing' || result === 'failed');
  if (json) printJson(results);
  else {
    const lines = results.map(({ id: one, result, detail }) => `${one}  ${result}${detail && `: ${detail}`}`);
    printText([...lines, counted(results.length - failed.length, 'dead letter')].join('\n'));
  }
  if (failed.length > 0) throw new CommandFailed(`${counted(failed.length, 'dead letter')} not sent`);
}

interface RedriveReport {
  readonly id: string;
  readonly result: 'sent' | 'would-be-sent' | 'missing' | 'failed';
  readonly detail: string;
}

function wouldBeSent(id: string, letters: readonly DeadLetter[]): RedriveReport {
  const isThere = letters.some((letter) => letter.id === id);
  return { id, result: isThere ? 'would-be-sent' : 'missing', detail: '' };
}

function redriveReport(id: string, result: RedriveResult): RedriveReport {
  switch (result.kind) {
    case 'sent':
      return { id, result: 'sent', detail: `as ${result.id}` };
    case 'missing':
      return { id, result: 'missing', detail: '' };
    case 'failed':
      return { id, result: 'failed', detail: result.reason };
  }
}

type ExplainedLetter = DeadLetter & Awaited<ReturnType<typeof deadLetterReason>>;

async function explainedLetters(
  queue: Queue,
  local: string | undefined,
  wanted: DeadLetterReason | undefined,
): Promise<readonly ExplainedLetter[]> {
  const { corporate } = openStores(local);
  const letters: ExplainedLetter[] = [];
  for (const letter of await queue.peekDeadLetters((await queue.depth()).dead)) {
    const why = await deadLetterReason(corporate, letter.body);
    if (wanted === undefined || why.reason === wanted) letters.push({ ...letter, ...why });
  }
  return letters;
}

function open(name: 'live' | 'reprocess', local: string | undefined): Queue {
  return name === 'live' ? openQueue(local) : openReprocessQueue(local);
}
