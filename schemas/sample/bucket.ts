import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Fault } from './fault.ts';
import { sampleObjects, type SampleObject, type SampleObjectsOptions } from './objects.ts';

export interface SampleBucketOptions extends SampleObjectsOptions {
  /** Called after every object with the lines written so far, replays included. */
  readonly onProgress?: (lines: number) => void;
}

/** What was written, and so what must come out of it. */
export interface SampleBucket {
  readonly objects: number;
  readonly bytes: number;
  readonly lines: number;
  /** Sorted by collection, then export date. */
  readonly days: readonly SampleDay[];
  /** Objects that end too early: any number of their first lines may come out as rows, and `days` counts none. */
  readonly truncated: readonly { readonly key: string; readonly lines: number }[];
}

/** One collection (`db:collection`) and export date. */
export interface SampleDay {
  readonly collection: string;
  readonly exportDate: string;
  readonly rows: number;
  /** Rows without those that were written again on the same date. */
  readonly distinctRows: number;
  /** Quarantine entries by reason: one a line, or one for a spoilt object. */
  readonly quarantined: Readonly<Partial<Record<Fault, number>>>;
}

/** Gzips and writes the sample objects a few at a time, in no particular order; the bytes depend on the options only. */
export async function writeSampleBucket(
  put: (key: string, body: Uint8Array) => Promise<unknown>,
  options: SampleBucketOptions,
): Promise<SampleBucket> {
  const days = new Map<string, Day>();
  const truncated: { key: string; lines: number }[] = [];
  let objects = 0;
  let bytes = 0;
  let lines = 0;

  async function write(object: SampleObject): Promise<void> {
    const body = await objectBody(object);
    await put(object.key, body);
    objects += 1;
    bytes += body.byteLength;
    lines += object.faults.length;
    options.onProgress?.(lines);
  }

  const failures: unknown[] = [];
  const inFlight = new Set<Promise<void>>();
  for (const object of sampleObjects(options)) {
    count(object, days);
    if (object.spoilt === 'truncated-gzip') truncated.push({ key: object.key, lines: object.faults.length });
    const written: Promise<void> = write(object)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => inFlight.delete(written));
    inFlight.add(written);
    if (inFlight.size >= objectsInFlight) await Promise.race(inFlight);
    if (failures.length > 0) break;
  }
  await Promise.all(inFlight);
  if (failures.length > 0) throw failures[0];
  return { objects, bytes, lines, days: [...days.values()].toSorted(byCollectionAndDate), truncated };
}

/** Enough for the compression, which runs on other threads, to keep up with the encryption here. */
const objectsInFlight = 4;

const compress = promisify<Uint8Array, { level: number }, Buffer>(gzip);

async function objectBody({ text, spoilt }: SampleObject): Promise<Uint8Array> {
  if (spoilt === 'not-gzip') return text;
  const body = await compress(text, { level: 1 });
  return spoilt === 'truncated-gzip' ? body.subarray(0, body.length / 2) : body;
}

interface Day extends SampleDay {
  rows: number;
  distinctRows: number;
  quarantined: Partial<Record<Fault, number>>;
}

function count(object: SampleObject, days: Map<string, Day>): void {
  const { topic, exportDate } = object;
  const collection = `${topic.db}:${topic.collection}`;
  const place = `${collection} ${exportDate}`;
  const day = days.get(place) ?? { collection, exportDate, rows: 0, distinctRows: 0, quarantined: {} };
  days.set(place, day);

  if (object.spoilt !== undefined) {
    day.quarantined[object.spoilt] = (day.quarantined[object.spoilt] ?? 0) + 1;
    return;
  }
  for (const fault of object.faults) {
    if (fault !== undefined) {
      day.quarantined[fault] = (day.quarantined[fault] ?? 0) + 1;
      continue;
    }
    day.rows += 1;
    if (object.isFirstOfItsDate) day.distinctRows += 1;
  }
}

function byCollectionAndDate(a: SampleDay, b: SampleDay): number {
  const left = `${a.collection} ${a.exportDate}`;
  const right = `${b.collection} ${b.exportDate}`;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
