import { createWriter } from 'orc-writer-wasm';
import { publishedKey, type DayOfCollection } from '../../schemas/layout.ts';
import { PART_METADATA, type PartSource } from '../../schemas/part.ts';
import type { ObjectStore } from '../../storage/store.ts';

export interface PartFile extends DayOfCollection {
  readonly name: string;
  readonly rows: number;
  readonly generation?: number;
  readonly sources: readonly PartSource[];
  /** What it says instead of, or besides, what a part should. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Puts a part with the metadata given, whatever its rows; they have but one column. */
export async function putPart(store: ObjectStore, part: PartFile): Promise<string> {
  const { name, rows, generation = 0, sources, metadata, ...day } = part;
  const chunks: Uint8Array[] = [];
  const writer = await createWriter((chunk) => void chunks.push(Buffer.from(chunk)), {
    schema: 'struct<source_line:int>',
    userMetadata: {
      [PART_METADATA.sources]: JSON.stringify(sources),
      [PART_METADATA.db]: day.db,
      [PART_METADATA.collection]: day.collection,
      [PART_METADATA.exportDate]: day.exportDate,
      [PART_METADATA.generation]: String(generation),
      ...metadata,
    },
  });
  await writer.addRowBatch({ size: rows, columns: [{ values: new Int32Array(rows) }] });
  await writer.close();
  const key = publishedKey({ area: 'live', ...day, name });
  await store.put(key, Buffer.concat(chunks));
  return key;
}
