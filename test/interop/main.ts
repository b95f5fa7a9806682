// Writes random files and has them read by every other reader of ORC that can be had here; then reads what those
// wrote. Has Spark read random documents as our typed tables do, and tables that a pipeline published. Ends with a table,
// and with exit code 1 if anything differed.
// npm run test:interop -- [--seed N] [--files N] [--typed-tables N] [--folder PATH]

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { comparePipelines } from './aws.ts';
import { java, pythonEnvironment, sparkJars } from './environment.ts';
import { readWithOurs } from './own-reader.ts';
import { foreignReaders, sparkCommand } from './readers.ts';
import { runReader, type FileFinding } from './run-reader.ts';
import { compareWithFromJson } from './typed.ts';
import { comparePublishedTables } from './published.ts';
import { writeRandomFile, type WrittenColumn, type WrittenFile } from './write-files.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: '18' },
    'typed-tables': { type: 'string', default: '60' },
    folder: { type: 'string' },
  },
});

/** A line of the table at the end. */
interface Outcome {
  readonly reader: string;
  readonly seconds: number;
  readonly findings: readonly FileFinding[];
}

const folder =
  options.folder === undefined ? await mkdtemp(join(tmpdir(), 'orc-interop-')) : resolve(options.folder);
await mkdir(folder, { recursive: true });

say('installing what test/interop/requirements.txt names');
const python = await pythonEnvironment(
  fileURLToPath(new URL('../../.venv', import.meta.url)),
  fileURLToPath(new URL('requirements.txt', import.meta.url)),
);
const foundJava = await java();
const readers = foreignReaders(python, foundJava, await sparkJars(python));

say(`writing ${options.files} files from seed ${options.seed} into ${folder}`);
const files: WrittenFile[] = [];
for (let i = 0; i < Number(options.files); i++) {
  const seed = Number(options.seed) + i;
  try {
    files.push(await writeRandomFile(folder, seed));
  } catch (cause) {
    throw new Error(`file ${seed} could not be written`, { cause });
  }
}

const outcomes: Outcome[] = [];
const skipped: string[] = [];
const waiting = [...readers];
// Two at a time, as there are rarely more cores.
await Promise.all([takeReaders(), takeReaders()]);
const written = outcomes.map(({ reader, findings }) => ({
  writer: reader,
  paths: findings.flatMap((finding) => finding.written.map((path) => ({ seed: finding.seed, path }))),
}));
await compareWithSpark('Spark from_json', 'typed_with_spark.py', (command) =>
  compareWithFromJson(command, Number(options.seed), Number(options['typed-tables']), folder),
);
await compareWithSpark('Spark, published', 'published_with_spark.py', (command) =>
  comparePublishedTables(command, folder),
);
if (python.kind === 'missing' || python.value.missing.has('moto[server]')) {
  skipped.push('AWS: there is no moto');
} else {
  say('AWS, as moto emulates it, runs the pipeline');
  const compared = comparePipelines(python.value.executable, folder, say);
  outcomes.push(await timed('ours on one machine, AWS', compared));
}
say('our reader reads');
for (const { writer, paths } of [{ writer: 'ours', paths: files }, ...written]) {
  outcomes.push(await timed(`ours, of ${writer}`, readAll(paths)));
}

report();
const isFailed = outcomes.some(({ findings }) => findings.some(({ differences }) => differences.length > 0));
if (options.folder === undefined && !isFailed) await rm(folder, { recursive: true });
process.exitCode = isFailed ? 1 : 0;

async function takeReaders(): Promise<void> {
  for (let reader = waiting.shift(); reader !== undefined; reader = waiting.shift()) {
    const { name, command } = reader;
    if (command.kind === 'missing') {
      skipped.push(`${name}: ${command.why}`);
    } else {
      say(`${name} reads`);
      outcomes.push(await timed(name, runReader(reader, command.value, files, folder)));
    }
  }
}

/** Has Spark read something else than random files. */
async function compareWithSpark(
  name: string,
  script: string,
  compare: (command: readonly [string, ...string[]]) => Promise<readonly FileFinding[]>,
): Promise<void> {
  const spark = sparkCommand(script, python, foundJava);
  if (spark.kind === 'missing') {
    skipped.push(`${name}: ${spark.why}`);
    return;
  }
  say(`${name} reads`);
  outcomes.push(await timed(name, compare(spark.value)));
}

async function timed(reader: string, work: Promise<readonly FileFinding[]>): Promise<Outcome> {
  const start = performance.now();
  const findings = await work;
  return { reader, findings, seconds: (performance.now() - start) / 1000 };
}

async function readAll(
  paths: readonly { readonly seed: number; readonly path: string }[],
): Promise<FileFinding[]> {
  const findings: FileFinding[] = [];
  for (const { seed, path } of paths) {
    const file = files.find((each) => each.seed === seed);
    if (file === undefined) continue;
    const names = file.columns.map(({ name }) => name);
    const finding = await readWithOurs(path, file.truth, names, file.filters).catch((error: unknown) => ({
      rows: 0,
      checks: 1,
      differences: [String(error)],
    }));
    findings.push({ ...finding, seed, written: [] });
  }
  return findings;
}

function report(): void {
  for (const { reader, findings } of outcomes) {
    for (const { seed, differences } of findings) {
      for (const difference of differences.slice(0, 5)) {
        say(`DIFFERENT: ${reader}, file ${seed}: ${difference}`);
      }
    }
  }
  const lines = outcomes.map(({ reader, findings, seconds }) => [
    reader,
    String(findings.length),
    total(findings, ({ rows }) => rows),
    total(findings, ({ checks }) => checks),
    total(findings, ({ differences }) => differences.length),
    seconds.toFixed(1),
  ]);
  say('');
  for (const [reader = '', ...numbers] of [
    ['reader', 'files', 'rows', 'checks', 'different', 'seconds'],
    ...lines,
  ]) {
    say(reader.padEnd(22) + numbers.map((number) => number.padStart(11)).join(''));
  }
  for (const reason of skipped) say(`skipped ${reason}`);
  for (const { name, command, cannotRead, cannotOpen = {}, cannotFilter } of readers) {
    if (command.kind === 'missing') continue;
    if (cannotFilter) say(`not asked of ${name}: filters for ${cannotFilter.what}, as ${cannotFilter.why}`);
    for (const [feature, why] of Object.entries(cannotRead)) {
      const columns = files.flatMap((file) => file.columns.filter((column) => has(column, feature)));
      if (columns.length > 0)
        say(`not given to ${name}: ${counted(columns.length, 'column')} with ${feature}, as ${why}`);
    }
    for (const [feature, why] of Object.entries(cannotOpen)) {
      const unfit = files.filter(({ columns }) => columns.some((column) => has(column, feature)));
      if (unfit.length > 0)
        say(`not given to ${name}: ${counted(unfit.length, 'file')} with ${feature}, as ${why}`);
    }
  }
}

function has({ features }: WrittenColumn, feature: string): boolean {
  return [...features].some((each) => each === feature);
}

function total(findings: readonly FileFinding[], count: (finding: FileFinding) => number): string {
  return findings.reduce((sum, finding) => sum + count(finding), 0).toLocaleString('en-US');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
