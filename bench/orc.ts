import { rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { grouped } from './measure.ts';
import {
  BATCH_ROWS,
  LEVELS,
  prepareContests,
  sizeOf,
  type Comparison,
  type Contest,
  type FilePair,
} from './orc-contests.ts';
import { benchPython, startPyarrow, type Pyarrow, type Sample } from './pyarrow.ts';
import { scratchFolder } from './scratch-folder.ts';

const HELP = `Compares orc-writer-wasm with pyarrow (ORC C++) on one table, in turns.

Usage: node bench/orc.ts [options]

  --rows N       rows of the table (1,000,000)
  --rounds N     rounds that count, after one that warms up (5)
  --only TEXT    cases whose name has this in it
  --python PATH  a Python with pyarrow (.venv/bin/python if it is there, or python3)
  --json         print one JSON document instead of the table
  --help         print this

Exit status: 0 done, 1 no pyarrow, 2 the two sides did not do the same work.
`;

const NO_PYARROW = `has no pyarrow. Get it in an environment of its own:
  python3 -m venv .venv && .venv/bin/pip install pyarrow
`;

/** In all files together. */
const BYTES_OF_ROW = 1_500;

/** What a file may be larger. */
const SIZE_TARGET = 1.03;

export interface OrcBenchOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly only: string;
  readonly python: string;
  readonly json: boolean;
}

export const orcBenchDefaults: OrcBenchOptions = {
  rows: 1_000_000,
  rounds: 5,
  only: '',
  python: benchPython,
  json: false,
};

interface Result {
  readonly name: string;
  /** pyarrow's best time by ours, at least `target`; or our file's size by pyarrow's, at most `target`. */
  readonly ratio: number;
  readonly target: number;
  readonly isMet: boolean;
  readonly ours: Figures;
  readonly pyarrow: Figures;
}

interface Figures {
  readonly unit: 's' | 'ms' | 'MB';
  readonly best: number;
  readonly median: number;
  readonly cpuSeconds?: number;
}

/** Runs the comparison and prints the report; answers the exit status. */
export async function benchOrc(options: OrcBenchOptions): Promise<0 | 1 | 2> {
  const pyarrow = await startPyarrow(options.python);
  if (pyarrow === undefined) {
    process.stderr.write(`${options.python} ${NO_PYARROW}`);
    return 1;
  }
  const folder = await scratchFolder('orc-bench-', options.rows * BYTES_OF_ROW);
  try {
    return await report(pyarrow, folder, options);
  } finally {
    await pyarrow.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function report(pyarrow: Pyarrow, folder: string, options: OrcBenchOptions): Promise<0 | 2> {
  const { contests, pairs, comparisons } = await prepareContests(pyarrow, folder, options.rows);
  const different = comparisons.filter(({ unequal }) => unequal.length > 0);
  for (const { name, unequal, ...sides } of different) {
    process.stderr.write(`${name}: not the same: ${unequal.join(', ')}\n${JSON.stringify(sides, null, 2)}\n`);
  }
  if (different.length > 0) return 2;

  const results: Result[] = [];
  for (const contest of contests.filter(({ name }) => name.includes(options.only))) {
    results.push(await run(contest, options.rounds));
  }
  for (const pair of pairs) results.push(await compareSizes(pair));
  const setup = {
    rows: options.rows,
    rounds: options.rounds,
    node: process.version,
    pyarrow: pyarrow.version,
    batchRows: BATCH_ROWS,
    levels: LEVELS,
  };
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...setup, comparisons, results }, null, 2)}\n`
      : `${setupText(setup)}\n\n${comparisons.map(comparisonText).join('')}\n${resultsText(results)}`,
  );
  return 0;
}

async function run({ name, target, repeats = 1, ours, pyarrow }: Contest, rounds: number): Promise<Result> {
  const mine: Sample[] = [];
  const theirs: Sample[] = [];
  // The first round warms up.
  for (let sample = -repeats; sample < rounds * repeats; sample++) {
    const one = await timed(ours);
    const other = await pyarrow();
    if (sample < 0) continue;
    mine.push(one);
    theirs.push(other);
  }
  const unit = repeats === 1 ? 's' : 'ms';
  const [our, their] = [figures(mine, unit), figures(theirs, unit)];
  const ratio = their.best / our.best;
  return { name, ratio, target, isMet: ratio >= target, ours: our, pyarrow: their };
}

async function timed(work: () => Promise<unknown>): Promise<Sample> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

function figures(samples: readonly Sample[], unit: 's' | 'ms'): Figures {
  const scale = unit === 's' ? 1 : 1e3;
  const sorted = samples.map(({ seconds }) => seconds * scale).toSorted((a, b) => a - b);
  return {
    unit,
    best: sorted[0] ?? 0,
    median: sorted[sorted.length >> 1] ?? 0,
    cpuSeconds: Math.min(...samples.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

async function compareSizes({ name, ours, pyarrow }: FilePair): Promise<Result> {
  const [our, their] = [await megabytes(ours), await megabytes(pyarrow)];
  const ratio = our.best / their.best;
  return {
    name: `size after ${name}`,
    ratio,
    target: SIZE_TARGET,
    isMet: ratio <= SIZE_TARGET,
    ours: our,
    pyarrow: their,
  };
}

async function megabytes(path: string): Promise<Figures> {
  const size = (await sizeOf(path)) / 1e6;
  return { unit: 'MB', best: size, median: size };
}

function setupText(setup: {
  readonly rows: number;
  readonly rounds: number;
  readonly node: string;
  readonly pyarrow: string;
  readonly batchRows: number;
  readonly levels: Readonly<Record<string, number>>;
}): string {
  const levels = Object.entries(setup.levels).map(([codec, level]) => `${codec} ${level}`);
  return (
    `${grouped(setup.rows)} rows, best (median) of ${setup.rounds} rounds in turns, ` +
    `Node ${setup.node}, pyarrow ${setup.pyarrow}\n` +
    `asked of both: batches of ${grouped(setup.batchRows)} rows, levels ${levels.join(' and ')}; pyarrow on one thread`
  );
}

/** Read back from the files; both sides have the same, or there would be no report. */
function comparisonText({ name, ours }: Comparison): string {
  const { codec, blockBytes, rowIndexStride, stripeRows, dictionaries } = ours;
  return (
    `${name}: both ${codec}, blocks of ${grouped(blockBytes)}, a row group each ${grouped(rowIndexStride)} rows, ` +
    `stripes of ${grouped(stripeRows)} rows, dictionaries: ${[...new Set(dictionaries)].join(' | ')}\n`
  );
}

function resultsText(results: readonly Result[]): string {
  const rows = results.map(({ name, ratio, target, isMet, ours, pyarrow }) =>
    row(
      name,
      figuresText(ours),
      figuresText(pyarrow),
      ratio.toFixed(2),
      `${ours.unit === 'MB' ? '≤' : '≥'} ${target}`,
      isMet ? 'met' : 'missed',
    ),
  );
  return [row('', 'orc-writer-wasm', 'pyarrow', 'ratio', 'target', ''), ...rows, ''].join('\n');
}

function figuresText({ best, median, unit }: Figures): string {
  if (unit === 'MB') return `${best.toFixed(2)} MB`;
  const digits = unit === 's' ? 3 : 1;
  return `${best.toFixed(digits)} (${median.toFixed(digits)}) ${unit}`;
}

function row(name: string, ...cells: readonly string[]): string {
  const padded = cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0));
  return `${name.padEnd(26)}${padded.join('')}`.trimEnd();
}

const WIDTHS = [18, 18, 7, 8, 8];

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: String(orcBenchDefaults.rows) },
      rounds: { type: 'string', default: String(orcBenchDefaults.rounds) },
      only: { type: 'string', default: orcBenchDefaults.only },
      python: { type: 'string', default: orcBenchDefaults.python },
      json: { type: 'boolean', default: orcBenchDefaults.json },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else {
    const { rows, rounds, ...rest } = values;
    process.exitCode = await benchOrc({ ...rest, rows: Number(rows), rounds: Number(rounds) });
  }
}
