import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { Queue } from '../consumer/queue.ts';
import { existingInput, plainText } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
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
Lines over the queue's size limit are reported with their number and left out, and the command ends with 1.

Example:
  $ cdi notify --local ./sample --events events.jsonl`,
    )
    .action(notify);
}

async function notify({ local, events, json }: NotifyOptions): Promise<void> {
  if (events === undefined) throw new UsageError('say where the notifications are with --events FILE');
  const queue = openQueue(local);
  const report: NotifyReport = { sent: 0, blank: 0, refused: [] };
  try {
    await sendLines(events, queue, report);
  } finally {
    await queue.close();
  }

  for (const { line, reason } of report.refused) printNote(`${events}, line ${line}: not sent: ${reason}`);
  if (json) printJson(report);
  else printText(`${report.sent} sent, ${report.blank} blank lines, ${report.refused.length} refused`);
  if (report.refused.length > 0)
    throw new CommandFailed(`${report.refused.length} notifications were not sent`);
}

const linesPerSend = 500;

async function sendLines(events: string, queue: Queue, report: NotifyReport): Promise<void> {
  const input = events === '-' ? process.stdin : createReadStream(events);
  // A file that cannot be opened would otherwise look like one without lines.
  const failed = new Promise<never>((_, reject) => input.once('error', reject));
  failed.catch(() => {});
  let pending: { readonly line: number; readonly body: string }[] = [];

  async function flush(): Promise<void> {
    const results = await queue.send(pending.map(({ body }) => body));
    for (const [index, result] of results.entries()) {
      if (result.kind === 'sent') report.sent += 1;
      else report.refused.push({ line: pending[index]?.line ?? 0, reason: result.reason });
    }
    pending = [];
  }

  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  for (let line = 1; ; line += 1) {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done) break;
    if (next.value.trim() === '') report.blank += 1;
    else pending.push({ line, body: next.value });
    if (pending.length === linesPerSend) await flush();
  }
  await flush();
}
