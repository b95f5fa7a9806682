import type { Batch } from './batch.ts';

/** Bytes of an id that are compared as one number. */
const PREFIX_BYTES = 6;

/**
 * The rows of a batch whose source was not dropped, in the order of a part: id_part, id bytes, last_modified
 * descending, db_type, fingerprint, source_object, source_line.
 */
export function rowOrder(batch: Batch): Uint32Array {
  const { order, bucketEnds } = byIdPart(batch);
  const prefixes = new Float64Array(batch.rows);
  const ranks = sourceRanks(batch);
  let start = 0;
  for (const end of bucketEnds) {
    if (end - start > 1) {
      const bucket = order.subarray(start, end);
      fillPrefixes(batch, bucket, prefixes);
      bucket.sort(
        (a, b) => (prefixes[a] as number) - (prefixes[b] as number) || compareRows(batch, ranks, a, b),
      );
    }
    start = end;
  }
  return order;
}

/** Counting sort: one pass to count, one to place. */
function byIdPart(batch: Batch): { order: Uint32Array; bucketEnds: Uint32Array } {
  const isDropped = batch.sources.map((source) => source.run.state === 'dropped');
  const bucketEnds = new Uint32Array(256);
  let kept = 0;
  for (let row = 0; row < batch.rows; row++) {
    if (isDropped[batch.sourceIndexes[row] as number]) continue;
    const part = batch.idParts[row] as number;
    bucketEnds[part] = (bucketEnds[part] as number) + 1;
    kept += 1;
  }
  const next = new Uint32Array(256);
  for (let part = 1; part < 256; part++) {
    next[part] = bucketEnds[part - 1] as number;
    bucketEnds[part] = (bucketEnds[part] as number) + (bucketEnds[part - 1] as number);
  }
  const order = new Uint32Array(kept);
  for (let row = 0; row < batch.rows; row++) {
    if (isDropped[batch.sourceIndexes[row] as number]) continue;
    const part = batch.idParts[row] as number;
    order[next[part] as number] = row;
    next[part] = (next[part] as number) + 1;
  }
  return { order, bucketEnds };
}

/** Ids of a bucket mostly begin alike, so the number is made of the bytes behind what all of them share. */
function fillPrefixes(batch: Batch, bucket: Uint32Array, prefixes: Float64Array): void {
  const { ids, idEnds } = batch;
  const firstRow = bucket[0] as number;
  const first = idStart(batch, firstRow);
  let shared = (idEnds[firstRow] as number) - first;
  for (const row of bucket) {
    const start = idStart(batch, row);
    shared = Math.min(shared, (idEnds[row] as number) - start);
    let same = 0;
    while (same < shared && ids[start + same] === ids[first + same]) same += 1;
    shared = same;
  }
  for (const row of bucket) {
    const start = idStart(batch, row) + shared;
    const end = idEnds[row] as number;
    let prefix = 0;
    for (let at = start; at < start + PREFIX_BYTES; at++)
      prefix = prefix * 256 + (at < end ? (ids[at] as number) : 0);
    prefixes[row] = prefix;
  }
}

function compareRows(batch: Batch, ranks: Uint32Array, a: number, b: number): number {
  const { fingerprints } = batch;
  return (
    compareIds(batch, a, b) ||
    (batch.lastModifiedMs[b] as number) - (batch.lastModifiedMs[a] as number) ||
    (batch.isDelete[b] as number) - (batch.isDelete[a] as number) ||
    (fingerprints[2 * a + 1] as number) - (fingerprints[2 * b + 1] as number) ||
    ((fingerprints[2 * a] as number) >>> 0) - ((fingerprints[2 * b] as number) >>> 0) ||
    (ranks[batch.sourceIndexes[a] as number] as number) -
      (ranks[batch.sourceIndexes[b] as number] as number) ||
    (batch.sourceLines[a] as number) - (batch.sourceLines[b] as number)
  );
}

function compareIds(batch: Batch, a: number, b: number): number {
  const { ids, idEnds } = batch;
  let atA = idStart(batch, a);
  let atB = idStart(batch, b);
  const endA = idEnds[a] as number;
  const endB = idEnds[b] as number;
  while (atA < endA && atB < endB) {
    const difference = (ids[atA++] as number) - (ids[atB++] as number);
    if (difference !== 0) return difference;
  }
  return endA - atA - (endB - atB);
}

function idStart(batch: Batch, row: number): number {
  return row === 0 ? 0 : (batch.idEnds[row - 1] as number);
}

/** The place of each source among all, by the bytes of its key; the same for two readings of one object. */
function sourceRanks(batch: Batch): Uint32Array {
  const keys = batch.sources.map(({ run }, index) => ({ index, key: Buffer.from(run.object.key) }));
  keys.sort((a, b) => Buffer.compare(a.key, b.key));
  const ranks = new Uint32Array(keys.length);
  let rank = 0;
  let last: Buffer | undefined;
  for (const { index, key } of keys) {
    if (last !== undefined && !key.equals(last)) rank += 1;
    ranks[index] = rank;
    last = key;
  }
  return ranks;
}
