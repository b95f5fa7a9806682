import type { SampleBucket } from '../../schemas/sample/bucket.ts';
import { writeSampleBucket } from '../../schemas/sample/bucket.ts';
import type { SampleObjectsOptions } from '../../schemas/sample/objects.ts';
import { objectCreated, type ConsumerBench } from './consumer-bench.ts';
import { distinctRows, readParts, readQuarantine } from './published.ts';

export interface AnnouncedBucket {
  readonly truth: SampleBucket;
  /** One event an object. */
  readonly events: readonly string[];
}

/** Writes a sample bucket, without telling anybody. */
export async function writeBucket(
  { corporate }: Pick<ConsumerBench, 'corporate'>,
  options: Partial<SampleObjectsOptions> = {},
): Promise<AnnouncedBucket> {
  const events: string[] = [];
  const truth = await writeSampleBucket(
    async (key, body) => {
      const put = await corporate.put(key, body);
      if (put.kind === 'stored') events.push(objectCreated(key, put));
    },
    { records: 2_000, days: 2, lastDay: '2026-07-02', seed: 'truth', ...options },
  );
  return { truth, events };
}

/**
 * What is published, in the terms of the truth: without the lines that truncated objects begin with. Rows count once,
 * however often they are in parts; quarantine entries count as often as they are there.
 */
export async function publishedTruth(
  { published }: Pick<ConsumerBench, 'published'>,
  truncated: SampleBucket['truncated'],
): Promise<{ readonly rows: Record<string, number>; readonly quarantined: Record<string, number> }> {
  const isTruncated = new Set(truncated.map(({ key }) => key));
  const parts = (await readParts(published)).map((part) => ({
    ...part,
    rows: part.rows.filter(({ source_object }) => !isTruncated.has(String(source_object))),
  }));
  const rows: Record<string, number> = {};
  for (const row of distinctRows(parts)) add(rows, row.split(' ').slice(0, 2).join(' '));
  const quarantined: Record<string, number> = {};
  const entries = (await readQuarantine(published)).filter(
    ({ source_object, source_line }) => source_line === 0 || !isTruncated.has(source_object),
  );
  for (const { place, reason } of entries) add(quarantined, `${place} ${reason}`);
  return { rows, quarantined };
}

/** What must be published. */
export function expectedTruth({ days }: SampleBucket): Awaited<ReturnType<typeof publishedTruth>> {
  const rows: Record<string, number> = {};
  const quarantined: Record<string, number> = {};
  for (const day of days) {
    const place = `${day.collection} ${day.exportDate}`;
    if (day.distinctRows > 0) rows[place] = day.distinctRows;
    for (const [reason, count] of Object.entries(day.quarantined)) quarantined[`${place} ${reason}`] = count;
  }
  return { rows, quarantined };
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
