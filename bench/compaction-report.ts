import type { Codec } from './compaction-data.ts';
import type { Run, Versions } from './compaction-sides.ts';
import { grouped } from './measure.ts';

/** One codec, measured. */
export interface Contest {
  readonly codec: Codec;
  readonly rows: number;
  readonly parts: number;
  /** Of the files that were compacted, and of `val` in them. */
  readonly liveBytes: number;
  readonly valBytes: number;
  /** Ours first. */
  readonly results: readonly Result[];
  /** Ours, of fewer rows in as many parts. */
  readonly small: Result;
  readonly threads: number;
  readonly rounds: number;
  /** Of the others, if they are there. */
  readonly versions: Versions | null;
}

export interface Result {
  readonly name: string;
  readonly rows: number;
  readonly runs: readonly Run[];
  readonly writtenBytes: number;
}

/** How much one figure is of another, and how much it should be. */
export interface Verdict {
  readonly name: string;
  readonly ratio: number;
  readonly target: string;
  readonly isMet: boolean;
}

/** How many times faster than the others is fast enough; who is not among them is there for information. */
const SPEED_TARGETS: Readonly<Record<string, number>> = { pyarrow: 2, clickhouse: 1 };
/** What a row of many may take longer than one of few. */
const GROWTH_TARGET = 1.15;

export function verdictsOf({ results, small }: Contest): Verdict[] {
  const [own, ...others] = results;
  if (own === undefined) return [];
  const speeds = others.flatMap((other): Verdict[] => {
    const target = SPEED_TARGETS[other.name];
    if (target === undefined) return [];
    const ratio = best(other) / best(own);
    return [{ name: `times as fast as ${other.name}`, ratio, target: `≥ ${target}`, isMet: ratio >= target }];
  });
  const growth = best(own) / own.rows / (best(small) / small.rows);
  const name = `time a row, of that of ${grouped(small.rows)} rows`;
  return [...speeds, { name, ratio: growth, target: `≤ ${GROWTH_TARGET}`, isMet: growth <= GROWTH_TARGET }];
}

export function contestText(contest: Contest): string {
  const { codec, rows, parts, liveBytes, valBytes, results, small, threads, rounds, versions } = contest;
  const programs = versions === null ? '' : `, pyarrow ${versions.pyarrow}, chdb ${versions.clickhouse}`;
  const bytes = { live: liveBytes / rows, val: valBytes / rows };
  return [
    `${codec}: ${grouped(rows)} rows in ${parts} parts, ${megabytes(liveBytes)} MB of files, ${megabytes(valBytes)} MB of val`,
    `best (median) of ${rounds} rounds in turns, ${threads} threads, Node ${process.version}${programs}`,
    '',
    row('', 'seconds', 'rows/s', 'MB/s files', 'MB/s val', 'CPU s', 'peak MB', 'written MB'),
    ...results.map((result) => resultText(result.name, result, bytes)),
    resultText(`${small.name}, ${grouped(small.rows)} rows`, small, bytes),
    '',
    ...verdictsOf(contest).map(
      ({ name, ratio, target, isMet }) =>
        `${name.padEnd(40)}${ratio.toFixed(2).padStart(6)}${target.padStart(8)}  ${isMet ? 'met' : 'missed'}`,
    ),
    '\n',
  ].join('\n');
}

function resultText(
  name: string,
  result: Result,
  bytesOfRow: { readonly live: number; readonly val: number },
): string {
  const { rows, runs, writtenBytes } = result;
  const rowsOfSecond = rows / best(result);
  return row(
    name,
    `${best(result).toFixed(2)} (${medianOf(runs).toFixed(2)})`,
    grouped(rowsOfSecond),
    megabytes(rowsOfSecond * bytesOfRow.live),
    megabytes(rowsOfSecond * bytesOfRow.val),
    Math.min(...runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2),
    megabytes(Math.max(...runs.map(({ peakBytes }) => peakBytes))),
    megabytes(writtenBytes),
  );
}

function best({ runs }: Result): number {
  return Math.min(...runs.map(({ seconds }) => seconds));
}

function medianOf(runs: readonly Run[]): number {
  return runs.map(({ seconds }) => seconds).toSorted((a, b) => a - b)[runs.length >> 1] ?? 0;
}

function megabytes(bytes: number): string {
  return grouped(bytes / 1e6);
}

function row(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(22)}${cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0)).join('')}`;
}

const WIDTHS = [16, 11, 12, 10, 9, 10, 12];
