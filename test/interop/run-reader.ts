import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Feature } from './features.ts';
import type { Finding } from './own-reader.ts';
import type { ForeignReader } from './readers.ts';
import type { WrittenFile } from './write-files.ts';

export interface FileFinding extends Finding {
  readonly seed: number;
  /** Paths of files that the reader wrote with the same rows. */
  readonly written: readonly string[];
}

/** A reader that hangs has failed, too. */
const LONGEST_RUN_MS = 60 * 60_000;

/** Has a reader read all files that it can open; its job and what it writes go into the folder. */
export async function runReader(
  reader: ForeignReader,
  command: readonly [string, ...string[]],
  files: readonly WrittenFile[],
  folder: string,
): Promise<FileFinding[]> {
  const name = reader.name.toLowerCase().replaceAll(' ', '-');
  const fit = files.filter(
    ({ columns }) => !columns.some((column) => hasAny(column.features, reader.cannotOpen)),
  );
  const tasks = fit.map((file) => taskOf(reader, file, join(folder, `${file.seed}-by-${name}`)));
  return runTasks(command, tasks, join(folder, `${name}.json`));
}

/** Has a program do tasks, which it reads in the file `job`; it prints a finding for each. */
export async function runTasks(
  [program, ...words]: readonly [string, ...string[]],
  tasks: readonly object[],
  job: string,
): Promise<FileFinding[]> {
  await writeFile(job, JSON.stringify({ files: tasks }));
  const child = spawn(program, [...words, job], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_RUN_MS,
  });
  // The end of what it says, which tells why it failed.
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-4000);
  });
  const ended = new Promise<number | null>((done, fail) => child.on('error', fail).on('close', done));
  const findings: FileFinding[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('{')) findings.push(JSON.parse(line) as FileFinding);
  }
  const code = await ended;
  if (code === 0 && findings.length === tasks.length) return findings;
  const fault = `it ended with ${code} after ${findings.length} files: ${complaints}`;
  return [...findings, { seed: -1, rows: 0, checks: 1, differences: [fault], written: [] }];
}

/** What a reader is told of a file: without the columns and filters that it cannot take. */
function taskOf(reader: ForeignReader, file: WrittenFile, echo: string) {
  const columns = file.columns.flatMap(({ name, type, features }, index) =>
    hasAny(features, reader.cannotRead) ? [] : [{ index, name, type, features: [...features] }],
  );
  return {
    seed: file.seed,
    path: file.path,
    truth: file.truth,
    echo,
    columns,
    isHive2: file.options.writerIdentity === 'hive-2.0',
    filters: file.filters.filter(
      ({ literals }) => !literals.some((literal) => reader.cannotFilter?.literal.test(literal)),
    ),
  };
}

function hasAny(
  features: ReadonlySet<Feature>,
  unfit: Readonly<Partial<Record<Feature, string>>> = {},
): boolean {
  return [...features].some((feature) => feature in unfit);
}
