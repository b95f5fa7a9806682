import type { ByteSource } from './source.ts';
import { readRange } from './source.ts';

/** The bytes from `from` up to `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Ranges that lie no further apart than this are read at once: a request costs more than so many bytes. */
const GAP = 64 * 1024;

/** Requests under way at a time. */
const REQUESTS = 8;

/**
 * Reads ranges, each with its own bytes in the result. Neighbours share a request and its memory, as long as the bytes
 * between them come to no more than `mostWaste` in all.
 *
 * @throws {FileFormatException} when a range is not in the file
 */
export async function readRanges(
  source: ByteSource,
  ranges: readonly ByteRange[],
  mostWaste: number,
): Promise<Uint8Array[]> {
  const result: Uint8Array[] = ranges.map(() => NOTHING);
  const requests = join(ranges, mostWaste);
  const lanes = Array.from({ length: Math.min(REQUESTS, requests.length) }, async () => {
    for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
      const bytes = await readRange(source, request.from, request.to);
      for (const number of request.members) {
        const { from, to } = ranges[number] ?? request;
        result[number] = bytes.subarray(from - request.from, to - request.from);
      }
    }
  });
  const failed = (await Promise.allSettled(lanes)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return result;
}

const NOTHING = new Uint8Array(0);

interface Request {
  readonly from: number;
  to: number;
  /** The ranges in it, by number. */
  readonly members: number[];
}

function join(ranges: readonly ByteRange[], mostWaste: number): Request[] {
  const requests: Request[] = [];
  let wasted = 0;
  const inOrder = [...ranges.entries()].toSorted(([, a], [, b]) => a.from - b.from);
  for (const [number, { from, to }] of inOrder) {
    if (from === to) continue;
    const last = requests.at(-1);
    const gap = last === undefined ? Infinity : Math.max(0, from - last.to);
    if (last === undefined || gap > GAP || wasted + gap > mostWaste) {
      requests.push({ from, to, members: [number] });
    } else {
      wasted += gap;
      last.to = Math.max(last.to, to);
      last.members.push(number);
    }
  }
  return requests;
}

/** What is in `ranges` and not in `holes`; both, and the result, in order and without overlaps. */
export function without(ranges: readonly ByteRange[], holes: readonly ByteRange[]): ByteRange[] {
  return ranges.flatMap((range) => {
    const parts: ByteRange[] = [];
    let { from } = range;
    for (const hole of holes) {
      if (hole.to <= from || hole.from >= range.to) continue;
      if (hole.from > from) parts.push({ from, to: hole.from });
      from = hole.to;
    }
    if (from < range.to) parts.push({ from, to: range.to });
    return parts;
  });
}

/** All that is in `ranges`, in order and without overlaps. */
export function union(ranges: readonly ByteRange[]): ByteRange[] {
  const result: ByteRange[] = [];
  for (const { from, to } of ranges.toSorted((a, b) => a.from - b.from)) {
    if (from === to) continue;
    const last = result.at(-1);
    if (last !== undefined && from <= last.to) {
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    } else result.push({ from, to });
  }
  return result;
}

/** How many bytes of ordered ranges there are; `after` counts only those from there on. */
export function lengthOf(ranges: readonly ByteRange[], after = 0): number {
  return ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - Math.max(from, after)), 0);
}
