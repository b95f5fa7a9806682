import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { objectCreatedBody } from '../consumer/object-created.ts';
import type { Queue } from '../consumer/queue.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import { writeSampleBucket, type SampleBucket } from '../schemas/sample/bucket.ts';
import { readSettings } from '../settings.ts';
import { plainText, wholeNumber } from './arguments.ts';
import { progressLine } from './consume.ts';
import { UsageError } from './ending.ts';
import { tableRows } from './head.ts';
import { openQueue, openStores } from './open.ts';
import { printJson, printLog, printText } from './output.ts';
import { startProgress } from './progress.ts';
import { rowTable, takeRows } from './rows.ts';
import { runConsumer } from './run-consumer.ts';
import { stopOnSignals } from './stop.ts';
import { textTable } from './text-table.ts';

interface DemoOptions {
  readonly dir: string;
  readonly records: number;
  readonly json?: true;
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('make encrypted sample data, ingest it, and show what came out')
    .option('--dir <DIR>', 'folder to work in; an earlier demo in it is replaced', plainText, 'cdi-demo')
    .option('--records <N>', 'distinct records', wholeNumber(1), 100_000)
    .option('--json', 'print the figures for a program')
    .addHelpText('after', '\nExample:\n  $ cdi demo --records 20000')
    .action(demo);
}

async function demo({ dir, records, json }: DemoOptions): Promise<void> {
  const settings = readSettings();
  if (settings.keyService.kind !== 'standalone') {
    throw new UsageError('the sample data needs CDI_KEY_SERVICE=standalone');
  }
  await prepareFolder(dir);
  const queue = openQueue(dir);
  const stop = stopOnSignals();
  try {
    const { made, generateMs } = await generate(dir, records, queue);
    const report = await ingest(dir, settings, queue, stop.signal);
    if (json) return printJson({ generateMs, ...report });
    printText(await story(dir, made, generateMs, report));
  } finally {
    stop.dispose();
    await queue.close();
  }
}

/** Says that everything in the folder may be thrown away. */
const markerFile = '.cdi-demo';

/** Only what a demo made is ever removed. */
async function prepareFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const marker = join(dir, markerFile);
  const isOurs = await access(marker).then(
    () => true,
    () => false,
  );
  if (!isOurs && (await readdir(dir)).length > 0) {
    throw new UsageError(`${dir} holds something else than a demo: name another folder with --dir DIR`);
  }
  await writeFile(marker, 'Made by cdi demo, which replaces this folder when it runs again.\n');
  for (const name of ['corporate', 'published', 'state']) {
    await rm(join(dir, name), { recursive: true, force: true });
  }
}

async function generate(
  dir: string,
  records: number,
  queue: Queue,
): Promise<{ made: SampleBucket; generateMs: number }> {
  const { corporate } = openStores(dir);
  const startedAt = performance.now();
  const progress = startProgress();
  const bodies: string[] = [];
  const made = await writeSampleBucket(
    async (key, body) => {
      await corporate.put(key, body);
      bodies.push(objectCreatedBody([{ key, size: body.byteLength }]));
    },
    {
      records,
      days: 3,
      lastDay: new Date().toISOString().slice(0, 10),
      seed: '1',
      faultShare: 0.001,
      replayShare: 0.01,
      onProgress: (lines) => progress.update(`making sample data: ${lines.toLocaleString('en')} lines`),
    },
  ).finally(() => progress.end());
  await queue.send(bodies);
  return { made, generateMs: performance.now() - startedAt };
}

async function ingest(
  dir: string,
  settings: ReturnType<typeof readSettings>,
  queue: Queue,
  stop: AbortSignal,
): Promise<ConsumeReport> {
  const progress = startProgress();
  return runConsumer({
    localFolder: dir,
    settings,
    queue,
    drain: true,
    stop,
    log: printLog,
    onProgress: (report) => progress.update(`ingesting: ${progressLine(report)}`),
  }).finally(() => progress.end());
}

async function story(
  dir: string,
  made: SampleBucket,
  generateMs: number,
  report: ConsumeReport,
): Promise<string> {
  const { lines, parts, elapsedMs } = report;
  const perSecond = Math.round(lines.rows / (elapsedMs / 1_000));
  const { columns, rows } = await tableRows('core:contract', openStores(dir).published);
  return `Sample data   ${count(made.lines)} encrypted lines in ${count(made.objects)} objects, made in ${seconds(generateMs)}
Ingested      ${count(lines.rows)} rows in ${count(parts.files)} ORC parts (${(parts.bytes / 1e6).toFixed(1)} MB) in ${seconds(elapsedMs)}: ${count(perSecond)} rows/s
Every line    ${count(lines.read)} lines = ${count(lines.rows)} rows + ${count(lines.quarantined)} quarantined + ${count(lines.blank)} blank

Unusable lines were put into the sample on purpose. They are in quarantine, still encrypted, with the reason:
${textTable(
  ['reason', 'entries'],
  Object.entries(report.quarantined).toSorted(([, a], [, b]) => b - a),
)}
The first rows of core_contract, decrypted and sanitised:
${rowTable(columns, await takeRows(rows, 5))}
Look further:
  npx cdi status --local ${dir}
  npx cdi head data_businessaudit --local ${dir} --limit 3 --json
  npx cdi head calculator_calculationparts --local ${dir} --where db_type=DELETE
  npx cdi consume --local ${dir}     then copy a file into ${join(dir, 'corporate')} and watch`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
