import { cp, readdir, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openReader } from 'orc-writer-wasm';
import { compactionData, type Codec, type CompactionData } from './compaction-data.ts';
import { contestText, verdictsOf, type Contest, type Result } from './compaction-report.ts';
import {
  contestant,
  liveFolder,
  ours,
  unequalColumns,
  versionsOf,
  type Contestant,
  type Run,
  type Side,
  type Versions,
  type Workplace,
} from './compaction-sides.ts';
import { benchPython } from './pyarrow.ts';
import { scratchFolder } from './scratch-folder.ts';

const HELP = `Compares compaction with pyarrow and ClickHouse (chdb), in turns, and with itself on a tenth of the rows.

Usage: node bench/compaction.ts [options]

  --rows N       rows of all parts together, a multiple of 500 times the parts (5,000,000)
  --parts N      live parts, a multiple of 10 (200)
  --rounds N     rounds (3)
  --codec NAME   ZLIB or ZSTD alone
  --python PATH  a Python with pyarrow and chdb (.venv/bin/python if it is there, or python3)
  --json         print one JSON document a codec instead of the table
  --help         print this

Exit status: 0 done, 2 the sides did not come to the same rows.
`;

const NO_CONTESTANTS = `lacks pyarrow or chdb, so ours runs alone. Get them in an environment of its own:
  python3 -m venv .venv && .venv/bin/pip install pyarrow chdb
`;

export interface CompactionBenchOptions {
  readonly rows: number;
  readonly parts: number;
  readonly rounds: number;
  readonly codecs: readonly Codec[];
  readonly python: string;
  readonly json: boolean;
}

export const compactionBenchDefaults: CompactionBenchOptions = {
  rows: 5_000_000,
  parts: 200,
  rounds: 3,
  codecs: ['ZLIB', 'ZSTD'],
  python: benchPython,
  json: false,
};

/** Runs the comparison and prints the report; answers the exit status. */
export async function benchCompaction(options: CompactionBenchOptions): Promise<0 | 2> {
  const { rows, parts, python } = options;
  const threads = availableParallelism();
  const versions = await versionsOf(python);
  if (versions === null) process.stderr.write(`${python} ${NO_CONTESTANTS}`);
  const others: readonly Contestant[] = versions === null ? [] : ['pyarrow', 'pyarrow-tuned', 'clickhouse'];
  const sides = [ours, ...others.map((name) => contestant(name, python, threads))];
  const data = {
    large: await compactionData({ rows, parts }),
    // Parts of the same size.
    small: await compactionData({ rows: rows / 10, parts: parts / 10 }),
  };
  for (const codec of options.codecs) {
    const folder = await scratchFolder(
      'compaction-bench-',
      SPACE * (await bytesIn(data.large.published[codec])),
    );
    try {
      const contest = await compete({ ...data, codec, sides, folder, threads, versions }, options);
      if (contest === undefined) return 2;
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ ...contest, verdicts: verdictsOf(contest) }, null, 2)}\n`
          : contestText(contest),
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return 0;
}

/** Times the size of the parts: they, their copies and what each side makes of them. */
const SPACE = 6;

interface Setup {
  readonly codec: Codec;
  readonly sides: readonly Side[];
  readonly large: CompactionData;
  readonly small: CompactionData;
  readonly folder: string;
  readonly threads: number;
  readonly versions: Versions | null;
}

/** All sides in turns; undefined when they did not come to the same rows, which is said. */
async function compete(
  { sides, large, small, folder, ...setup }: Setup,
  { rounds, python }: CompactionBenchOptions,
): Promise<Contest | undefined> {
  const { codec } = setup;
  const place = await workplace(join(folder, 'large'), large, codec);
  const smallPlace = await workplace(join(folder, 'small'), small, codec);
  const runs = new Map<Side, Run[]>(sides.map((side) => [side, []]));
  const smallRuns: Run[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [side, own] of runs) own.push(await side.compact(place));
    smallRuns.push(await ours.compact(smallPlace));
  }
  const wrong = [
    ...(await faultsOf(place, large)),
    ...(await faultsOf(smallPlace, small)),
    ...(await differencesFromOurs(place, sides, python)),
  ];
  if (wrong.length > 0) {
    process.stderr.write(`${codec}: ${wrong.join('; ')}\n`);
    return undefined;
  }
  const resultOf = async (
    side: Side,
    where: Workplace,
    rows: number,
    own: readonly Run[],
  ): Promise<Result> => ({
    name: side.name,
    rows,
    runs: own,
    writtenBytes: await bytesIn(await side.resultFolder(where)),
  });
  return {
    ...setup,
    rounds,
    rows: large.rows,
    parts: large.parts,
    liveBytes: await bytesIn(liveFolder(place)),
    valBytes: large.valBytes,
    results: await Promise.all(Array.from(runs, ([side, own]) => resultOf(side, place, large.rows, own))),
    small: await resultOf(ours, smallPlace, small.rows, smallRuns),
  };
}

/** A copy, because the store of the parts must not be on a disk when that of the results is in memory. */
async function workplace(folder: string, { published }: CompactionData, codec: Codec): Promise<Workplace> {
  await cp(published[codec], join(folder, 'published'), { recursive: true });
  return { folder, codec };
}

/** What is wrong with what we made, by what is known of the records. */
async function faultsOf(place: Workplace, { rows, fingerprintSum }: CompactionData): Promise<string[]> {
  const result = await ours.resultFolder(place);
  let found = 0;
  let sum = 0n;
  for (const name of await readdir(result)) {
    if (!name.endsWith('.orc')) continue;
    await using reader = await openReader(join(result, name));
    found += reader.numberOfRows;
    for await (const { columns } of reader.batches({ include: ['fingerprint'] })) {
      const [fingerprints] = columns;
      if (fingerprints === undefined || !('values' in fingerprints)) throw new TypeError('no fingerprints');
      for (const one of fingerprints.values) sum += BigInt(one);
    }
  }
  const records = (rows / 5) * 4;
  return [
    ...(found === records ? [] : [`${found} rows in place of ${records} came out of ours`]),
    ...(BigInt.asIntN(64, sum) === fingerprintSum ? [] : ['the fingerprints of ours have another sum']),
  ];
}

async function differencesFromOurs(
  place: Workplace,
  sides: readonly Side[],
  python: string,
): Promise<string[]> {
  const own = await ours.resultFolder(place);
  const found: string[] = [];
  for (const side of sides) {
    if (side === ours) continue;
    const unequal = await unequalColumns(python, own, await side.resultFolder(place));
    if (unequal.length > 0) found.push(`${side.name} has other values of ${unequal.join(', ')}`);
  }
  return found;
}

/** Of all files in a folder and those inside it. */
async function bytesIn(folder: string): Promise<number> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: String(compactionBenchDefaults.rows) },
      parts: { type: 'string', default: String(compactionBenchDefaults.parts) },
      rounds: { type: 'string', default: String(compactionBenchDefaults.rounds) },
      codec: { type: 'string', default: '' },
      python: { type: 'string', default: compactionBenchDefaults.python },
      json: { type: 'boolean', default: compactionBenchDefaults.json },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) process.stdout.write(HELP);
  else {
    const { rows, parts, rounds, codec, python, json } = values;
    process.exitCode = await benchCompaction({
      rows: Number(rows),
      parts: Number(parts),
      rounds: Number(rounds),
      codecs: compactionBenchDefaults.codecs.filter((name) => name.includes(codec)),
      python,
      json,
    });
  }
}
