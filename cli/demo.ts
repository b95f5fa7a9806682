import { access, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { announcedFiles } from '../consumer/announced-files.ts';
import type { FileGlance } from '../consumer/folder-scan.ts';
import { messageGroups, objectCreatedBody } from '../consumer/object-created.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import { writeSampleBucket, type SampleBucket } from '../schemas/sample/bucket.ts';
import { readSettings, type Settings } from '../settings.ts';
import { plainText, wholeNumber } from './arguments.ts';
import { progressLine as compactionLine } from './compact.ts';
import { compactionFailures } from './compaction-failures.ts';
import { progressLine } from './consume.ts';
import { demoStory, type Compaction } from './demo-story.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { counted } from './figures.ts';
import { corporateFolder, openQueue, openStores, stateFile } from './open.ts';
import { printJson, printText } from './output.ts';
import { startProgress, withoutGoodNews } from './progress.ts';
import { runCompaction } from './run-compaction.ts';
import { runConsumer } from './run-consumer.ts';

interface DemoOptions {
  readonly dir: string;
  readonly records: number;
  readonly json?: true;
}

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('make encrypted sample data, ingest and compact it, and show what came out')
    .option('--dir <DIR>', 'folder to work in; an earlier demo in it is replaced', plainText, 'cdi-demo')
    .option('--records <N>', 'distinct records', wholeNumber(1), 100_000)
    .option('--json', 'print the figures for a program')
    .addHelpText('after', '\nExample:\n  $ cdi demo --records 20000')
    .action(demo);
}

/** Signals end it at once: the next demo in the folder starts afresh. */
async function demo({ dir, records, json }: DemoOptions): Promise<void> {
  const settings = readSettings();
  if (settings.keyService.kind !== 'standalone') {
    throw new UsageError('the sample data needs CDI_KEY_SERVICE=standalone');
  }
  await prepareFolder(dir);
  const startedAtMs = performance.now();
  const made = await generate(dir, records);
  const generateMs = performance.now() - startedAtMs;
  const report = await ingest(dir, settings);
  const compaction = await compact(dir, settings);
  if (json) printJson({ generateMs, ...report, compaction });
  else printText(await demoStory(dir, { made, generateMs, report, compaction }));
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

/** Makes the sample objects and announces them. */
async function generate(dir: string, records: number): Promise<SampleBucket> {
  const { corporate } = await openStores(dir);
  const progress = startProgress(process.stderr, 2_000);
  const files: FileGlance[] = [];
  const made = await writeSampleBucket(
    async (key, body) => {
      await corporate.put(key, body);
      const { size, mtimeMs } = await stat(join(corporateFolder(dir), key));
      files.push({ key, size, modifiedMs: mtimeMs });
    },
    {
      records,
      days: 3,
      lastDay: new Date().toISOString().slice(0, 10),
      seed: '1',
      faultShare: 0.001,
      replayShare: 0.01,
      onProgress: (lines) => progress.update(`making sample data: ${counted(lines, 'line')}`),
    },
  ).finally(() => progress.end());
  await announce(dir, files);
  return made;
}

/** As the watch of the folder would, so that it takes none of them for new later. */
async function announce(dir: string, files: readonly FileGlance[]): Promise<void> {
  const queue = await openQueue(dir);
  const announced = announcedFiles(stateFile(dir, 'announced'));
  try {
    await queue.send(messageGroups(files).map((group) => objectCreatedBody(group)));
    announced.add(files);
  } finally {
    announced.close();
    await queue.close();
  }
}

async function ingest(dir: string, settings: Settings): Promise<ConsumeReport> {
  const queue = await openQueue(dir);
  const progress = startProgress(process.stderr, 2_000);
  try {
    return await runConsumer({
      localFolder: dir,
      settings,
      queue,
      drain: true,
      stop: new AbortController().signal,
      log: withoutGoodNews(progress.log),
      correlationId: progress.correlationId,
      onProgress: (report) => progress.update(`ingesting: ${progressLine(report)}`),
    });
  } finally {
    progress.end();
    await queue.close();
  }
}

async function compact(dir: string, settings: Settings): Promise<Compaction> {
  const startedAtMs = performance.now();
  const progress = startProgress(process.stderr, 2_000);
  const outcomes = await runCompaction({
    localFolder: dir,
    settings,
    stop: new AbortController().signal,
    onProgress: (now) => progress.update(`compacting: ${compactionLine(now)}`),
  }).finally(() => progress.end());
  const failures = compactionFailures(outcomes);
  if (failures.length > 0) throw new CommandFailed(failures.join('; '));
  return { outcomes, elapsedMs: Math.round(performance.now() - startedAtMs) };
}
