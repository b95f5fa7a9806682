import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { lineBlocks } from '../consumer/lines.ts';
import type { Queue } from '../consumer/queue.ts';
import { existingInput, plainText } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { counted, grouped } from './figures.ts';
import { openQueue } from './open.ts';
import { printJson, printNote, printText } from './output.ts';

interface NotifyOptions {
  readonly local?: string;
  readonly events?: string;
  readonly json?: true;
}

interface NotifyReport {
  sent: number;
  blank: number;
  readonly refused: { readonly line: number; readonly reason: string }[];
}

export function addNotify(program: Command): void {
  program
    .command('notify')
    .description('put notifications into the queue, one message body a line, as they are')
    .option('--local <DIR>', 'the folder whose queue it is; it is made if it is not there', plainText)
    .option(
      '--events <FILE>',
      'file of bodies as S3, SNS or EventBridge send them; - is standard input',
      existingInput,
    )
    .option('--json', 'print what was sent for a program')
    .addHelpText(
      'after',
      `
Lines that are over the queue's size limit or no UTF-8 are reported with their
number and left out, and the command ends with 1.

Example:
  $ cdi notify --local ./sample --events events.jsonl`,
    )
    .action(notify);
}

async function notify({ local, events, json }: NotifyOptions): Promise<void> {
  if (events === undefined) throw new UsageError('say where the notifications are with --events FILE');
  const queue = await openQueue(local);
  const report: NotifyReport = { sent: 0, blank: 0, refused: [] };
  try {
    await sendLines(events === '-' ? process.stdin : createReadStream(events), queue, report);
  } finally {
    await queue.close();
  }

  const { sent, blank, refused } = report;
  for (const { line, reason } of refused) printNote(`${events}, line ${line}: not sent: ${reason}`);
  if (json) printJson(report);
  else
    printText(`${grouped(sent)} sent, ${counted(blank, 'blank line')}, ${grouped(refused.length)} refused`);
  if (refused.length > 0) throw new CommandFailed(`${counted(refused.length, 'notification')} not sent`);
}

/** Far above what a queue takes, which says itself where its limit is. */
const longestLineBytes = 1 << 20;
const linesPerSend = 500;
const bytesPerSend = 4 << 20;

async function sendLines(
  input: AsyncIterable<Uint8Array>,
  queue: Queue,
  report: NotifyReport,
): Promise<void> {
  let pending: { readonly line: number; readonly body: string }[] = [];
  let pendingBytes = 0;

  async function send(): Promise<void> {
    const results = await queue.send(pending.map(({ body }) => body));
    for (const [index, result] of results.entries()) {
      if (result.kind === 'sent') report.sent += 1;
      else report.refused.push({ line: pending[index]?.line ?? 0, reason: result.reason });
    }
    pending = [];
    pendingBytes = 0;
  }

  let number = 0;
  for await (const line of linesOf(input)) {
    number += 1;
    const body = line === 'too-long' ? undefined : decoded(line);
    if (line === 'too-long') {
      report.refused.push({ line: number, reason: `longer than ${grouped(longestLineBytes)} bytes` });
    } else if (body === undefined) {
      report.refused.push({ line: number, reason: 'not UTF-8' });
    } else if (body.trim() === '') {
      report.blank += 1;
    } else {
      pending.push({ line: number, body });
      pendingBytes += line.byteLength;
    }
    if (pending.length === linesPerSend || pendingBytes >= bytesPerSend) await send();
  }
  await send();
}

/** Without their ends, LF or CR LF. Not by `node:readline`, which also ends lines at separators of Unicode. */
async function* linesOf(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array | 'too-long', void, undefined> {
  for await (const block of lineBlocks(chunksOf(input), longestLineBytes)) {
    if (block.kind === 'too-long') {
      yield 'too-long';
      continue;
    }
    const { bytes } = block;
    for (let start = 0; start < bytes.length;) {
      const lineFeed = bytes.indexOf(LF, start);
      const end = lineFeed < 0 ? bytes.length : lineFeed;
      yield bytes.subarray(start, end > start && bytes[end - 1] === CR ? end - 1 : end);
      start = end + 1;
    }
  }
}

const LF = 0x0a;
const CR = 0x0d;

async function* chunksOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  yield* input;
  return undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Undefined when the bytes are no UTF-8. A byte order mark before the body is left out. */
function decoded(line: Uint8Array): string | undefined {
  try {
    return utf8.decode(line);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
