import { hash } from 'node:crypto';
import { createWriter } from 'orc-writer-wasm';
import { publishedKey, type DayOfCollection } from '../../schemas/layout.ts';
import { PART_METADATA, PART_SCHEMA, type PartSource } from '../../schemas/part.ts';
import type { ObjectStore } from '../../storage/store.ts';

/** A row of a part, changes or a snapshot, as plain values. */
export interface PlainRow {
  readonly id: string;
  readonly idPart: string;
  readonly dbType: 'INSERT' | 'DELETE';
  readonly lastModifiedMs: number;
  readonly val: string;
  readonly fingerprint: bigint;
  readonly sourceObject: string;
  readonly sourceLine: number;
  readonly generation: number;
}

/** A row of which only what a test is about is said. */
export function plainRow(values: Partial<PlainRow> = {}): PlainRow {
  const id = values.id ?? '{"id":"00"}';
  return {
    id,
    idPart: hash('sha256', id).slice(0, 2),
    dbType: 'INSERT',
    lastModifiedMs: 1_000,
    val: `{"_id":${id}}`,
    fingerprint: BigInt.asIntN(
      64,
      BigInt(`0x${hash('sha256', JSON.stringify([id, values.val])).slice(0, 16)}`),
    ),
    sourceObject: 'corporate_storage/ucfs_main/2026/07/02/core/toDo/db.core.toDo_0_0-999.jsonl.gz',
    sourceLine: 1,
    generation: 0,
    ...values,
  };
}

/** Puts a part with these rows, as a consumer would; all of them are of one generation. */
export async function putLivePart(
  store: ObjectStore,
  day: DayOfCollection,
  rows: readonly PlainRow[],
): Promise<string> {
  const sources = sourcesOf(rows);
  const generation = rows[0]?.generation ?? 0;
  const name = hash('sha256', JSON.stringify([sources, generation, rows.map(({ id, val }) => [id, val])]));
  const key = publishedKey({ area: 'live', ...day, name: name.slice(0, 32) });
  await store.put(
    key,
    await rowFile(rows, {
      [PART_METADATA.sources]: JSON.stringify(sources),
      [PART_METADATA.db]: day.db,
      [PART_METADATA.collection]: day.collection,
      [PART_METADATA.exportDate]: day.exportDate,
      [PART_METADATA.generation]: String(generation),
    }),
  );
  return key;
}

/** The bytes of a file with these rows, sorted. */
export async function rowFile(
  rows: readonly PlainRow[],
  userMetadata: Readonly<Record<string, string>> = {},
  compare = compareRows,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(Buffer.from(chunk)), {
    schema: PART_SCHEMA,
    compression: 'ZLIB',
    userMetadata,
    rowIndexStride: 100,
  });
  for (const row of rows.toSorted(compare)) {
    await writer.addRow({
      id: row.id,
      id_part: row.idPart,
      db_type: row.dbType,
      last_modified: new Date(row.lastModifiedMs),
      val: row.val,
      fingerprint: row.fingerprint,
      source_object: row.sourceObject,
      source_line: row.sourceLine,
      generation: BigInt(row.generation),
    });
  }
  await writer.close();
  return Buffer.concat(chunks);
}

/** The order of rows in every file: (id_part, id, last_modified descending, db_type, fingerprint, source_object, source_line). */
export function compareRows(a: PlainRow, b: PlainRow): number {
  return (
    compareText(a.idPart, b.idPart) ||
    compareText(a.id, b.id) ||
    b.lastModifiedMs - a.lastModifiedMs ||
    compareText(a.dbType, b.dbType) ||
    (a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0) ||
    compareText(a.sourceObject, b.sourceObject) ||
    a.sourceLine - b.sourceLine
  );
}

function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function sourcesOf(rows: readonly PlainRow[]): PartSource[] {
  return [...Map.groupBy(rows, ({ sourceObject }) => sourceObject)].map(([key, ofObject]) => {
    const lines = ofObject.map(({ sourceLine }) => sourceLine);
    const [firstLine, lastLine] = [Math.min(...lines), Math.max(...lines)];
    const object = { lines: ofObject.length, rows: ofObject.length, quarantined: 0, blank: 0 };
    return { key, eTag: 'e', rows: ofObject.length, firstLine, lastLine, object };
  });
}
