import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { areaPrefix, dayPrefix } from '../schemas/layout.ts';
import { DAY, type Codec } from './compaction-data.ts';

/** A program that compacts. */
export interface Side {
  readonly name: string;
  /** Compacts what is live, in a process of its own, as if it had never been done. */
  compact(place: Workplace): Promise<Run>;
  /** The folder of the files that the last compaction wrote. */
  resultFolder(place: Workplace): Promise<string>;
}

export interface Workplace {
  /** The DIR of `--local DIR`, with live parts of one collection and export date. */
  readonly folder: string;
  readonly codec: Codec;
}

/** What a compaction took. */
export interface Run {
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuSeconds: number;
  /** The most that was resident. */
  readonly peakBytes: number;
}

export type Contestant = 'pyarrow' | 'pyarrow-tuned' | 'clickhouse';
export type Versions = Readonly<Record<Contestant, string>>;

/** What this Python has; null when it has not got both, or is not there. */
export async function versionsOf(python: string): Promise<Versions | null> {
  try {
    return (await runPython(python, 'versions')) as Versions | null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Ours, without the start of the process and loading, as with the others. */
export const ours: Side = {
  name: 'ours',
  async compact({ folder, codec }) {
    const areas = join(folder, 'published', dirname(areaPrefix('live')));
    const made = (await readdir(areas)).filter((area) => area !== 'live').map((area) => join(areas, area));
    for (const path of [...made, join(folder, 'state')]) await rm(path, { recursive: true, force: true });
    return (await run(process.execPath, [
      ...process.execArgv,
      join(import.meta.dirname, 'compact-process.ts'),
      folder,
      codec,
    ])) as Run;
  },
  async resultFolder({ folder }) {
    const changes = join(folder, 'published', dayPrefix('changes', DAY));
    const [version = '', ...others] = await readdir(changes);
    if (others.length > 0) throw new Error(`${changes} has more than one version`);
    return join(changes, version);
  },
};

/** One of the others, told to use so many threads. */
export function contestant(name: Contestant, python: string, threads: number): Side {
  const out = ({ folder }: Workplace): string => join(folder, name);
  return {
    name,
    async compact(place) {
      await rm(out(place), { recursive: true, force: true });
      await mkdir(out(place));
      const job = { live: liveFolder(place), out: out(place), codec: place.codec, threads };
      return (await runPython(python, name, job)) as Run;
    },
    resultFolder: (place) => Promise.resolve(out(place)),
  };
}

/** Names of the columns in which the files of two folders differ. */
export async function unequalColumns(python: string, one: string, other: string): Promise<readonly string[]> {
  const { unequal } = (await runPython(python, 'compare', { one, other })) as { unequal: string[] };
  return unequal;
}

/** Where the live parts of the workplace are. */
export function liveFolder({ folder }: Workplace): string {
  return join(folder, 'published', dayPrefix('live', DAY));
}

function runPython(python: string, command: string, job?: object): Promise<unknown> {
  const script = join(import.meta.dirname, 'merge-parts.py');
  return run(python, [script, command, ...(job === undefined ? [] : [JSON.stringify(job)])]);
}

/** What the process said, which is JSON. */
async function run(command: string, parameters: readonly string[]): Promise<unknown> {
  const { stdout } = await execFileResult(command, parameters);
  return JSON.parse(stdout);
}

const execFileResult = promisify(execFile);
