import { hash } from 'node:crypto';
import { createWriter, type ColumnBatch } from 'orc-writer-wasm';
import packageFile from '../package.json' with { type: 'json' };
import type { Batch, BatchSource } from './batch.ts';
import { rowOrder } from './row-order.ts';
import { publishedKey } from '../schemas/layout.ts';
import { PART_METADATA, PART_SCHEMA, type PartSource } from '../schemas/part.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface WrittenPart {
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
}

/** Compaction reads parts by ranges of id_part: of large row groups it would have to decode much that is not in a range. */
const ROWS_OF_A_GROUP = 1_000;

/** Rows gathered at a time. */
const CHUNK_ROWS = 8_192;

/**
 * Writes a batch as one part, rows sorted; it is durable when the promise resolves. Its name comes from what it holds, so
 * an exact retry writes the same one.
 *
 * @returns undefined when there is nothing to say of any object
 */
export async function writeBatch(batch: Batch, published: ObjectStore): Promise<WrittenPart | undefined> {
  const sources = partSources(batch.sources);
  return sources.length === 0 ? undefined : writePart(batch, rowOrder(batch), sources, published);
}

/** Ascending by key; the same object may be there twice, read again after it was written again. */
function partSources(sources: readonly BatchSource[]): PartSource[] {
  return sources
    .filter(({ run }) => run.state !== 'dropped')
    .map(({ run, rows, firstLine, lastLine, summary }) => ({
      key: run.object.key,
      eTag: run.eTag,
      ...(run.versionId !== undefined && { versionId: run.versionId }),
      rows,
      firstLine,
      lastLine,
      ...(summary && { object: summary }),
    }))
    .filter((source) => source.rows > 0 || source.object !== undefined)
    .toSorted(
      (a, b) => compareText(a.key, b.key) || compareText(a.eTag, b.eTag) || a.firstLine - b.firstLine,
    );
}

async function writePart(
  batch: Batch,
  order: Uint32Array,
  sources: readonly PartSource[],
  published: ObjectStore,
): Promise<WrittenPart> {
  const ledger = JSON.stringify(sources);
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(chunk), {
    schema: PART_SCHEMA,
    compression: batch.collection.compression,
    compressionLevel: 1,
    rowIndexStride: ROWS_OF_A_GROUP,
    userMetadata: {
      [PART_METADATA.sources]: ledger,
      [PART_METADATA.db]: batch.collection.db,
      [PART_METADATA.collection]: batch.collection.collection,
      [PART_METADATA.exportDate]: batch.exportDate,
      [PART_METADATA.generation]: String(batch.generation),
      [PART_METADATA.software]: `cdi ${packageFile.version}`,
    },
  });
  const gather = rowGatherer(batch);
  for (let start = 0; start < order.length; start += CHUNK_ROWS) {
    await writer.addRowBatch(gather(order.subarray(start, start + CHUNK_ROWS)));
  }
  await writer.close();

  const name = hash('sha256', `${batch.generation} ${ledger}`, 'hex').slice(0, 32);
  const { collection, exportDate } = batch;
  const key = publishedKey({ area: 'live', ...nameOf(collection), exportDate, name });
  const bytes = Buffer.concat(chunks);
  await published.put(key, bytes);
  return { key, rows: order.length, bytes: bytes.length };
}

/** Makes a function that copies rows, in the order given, into columns; they last until its next call. */
function rowGatherer(batch: Batch): (rows: Uint32Array) => ColumnBatch {
  const ids = stringColumn(batch.ids, batch.idEnds);
  const vals = stringColumn(batch.vals, batch.valEnds);
  const sourceObjects = dictionaryOf(batch.sources.map(({ run }) => run.object.key));
  return (rows) => {
    const size = rows.length;
    const idParts = new Uint32Array(size);
    const types = new Uint32Array(size);
    const millis = new Float64Array(size);
    const fingerprints = new BigInt64Array(size);
    const halves = new Int32Array(fingerprints.buffer);
    const sources = new Uint32Array(size);
    const lines = new Int32Array(size);
    for (let index = 0; index < size; index++) {
      const row = rows[index] as number;
      idParts[index] = batch.idParts[row] as number;
      types[index] = batch.isDelete[row] === 1 ? 0 : 1;
      millis[index] = batch.lastModifiedMs[row] as number;
      halves[2 * index] = batch.fingerprints[2 * row] as number;
      halves[2 * index + 1] = batch.fingerprints[2 * row + 1] as number;
      sources[index] = batch.sourceIndexes[row] as number;
      lines[index] = batch.sourceLines[row] as number;
    }
    return {
      size,
      columns: [
        ids(rows),
        { ids: idParts, dictionary: ID_PARTS },
        { ids: types, dictionary: DB_TYPES },
        { millis },
        vals(rows),
        { values: fingerprints },
        { ids: sources, dictionary: sourceObjects },
        { values: lines },
        { values: new BigInt64Array(size).fill(BigInt(batch.generation)) },
      ],
    };
  };
}

interface Strings {
  readonly data: Uint8Array;
  readonly offsets: Uint32Array;
}

function stringColumn(bytes: Uint8Array, ends: Uint32Array): (rows: Uint32Array) => Strings {
  return (rows) => {
    const offsets = new Uint32Array(rows.length + 1);
    let length = 0;
    for (const row of rows) length += (ends[row] as number) - startOf(ends, row);
    const data = new Uint8Array(length);
    let at = 0;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] as number;
      const start = startOf(ends, row);
      const end = ends[row] as number;
      data.set(bytes.subarray(start, end), at);
      at += end - start;
      offsets[index + 1] = at;
    }
    return { data, offsets };
  };
}

function startOf(ends: Uint32Array, row: number): number {
  return row === 0 ? 0 : (ends[row - 1] as number);
}

function dictionaryOf(texts: readonly string[]): Strings {
  const encoded = texts.map((text) => Buffer.from(text));
  const offsets = new Uint32Array(texts.length + 1);
  for (const [index, bytes] of encoded.entries())
    offsets[index + 1] = (offsets[index] as number) + bytes.length;
  return { data: Buffer.concat(encoded), offsets };
}

/** Names of a batch's collection, without the rest of what is known of it. */
function nameOf({ db, collection }: Batch['collection']): { db: string; collection: string } {
  return { db, collection };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const ID_PARTS = dictionaryOf(Array.from({ length: 256 }, (_, part) => part.toString(16).padStart(2, '0')));
const DB_TYPES = dictionaryOf(['DELETE', 'INSERT']);
