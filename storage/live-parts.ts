import { openReader, OrcError, type ByteSource } from 'orc-writer-wasm';
import { mapConcurrently } from './map-concurrently.ts';
import { publishedFiles, type FileFilter, type ListedFile } from './published-files.ts';
import { rawBytesOf } from './raw-bytes.ts';
import type { ListedObject, ObjectStore } from './store.ts';
import type { DayOfCollection } from '../schemas/layout.ts';
import { parsePartMetadata, PartMetadataError, type PartMetadata } from '../schemas/part-metadata.ts';

/** An entry of the ledger: a live part, and what it says of itself. */
export interface LivePart extends PartMetadata {
  readonly kind: 'part';
  readonly key: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of its values, uncompressed. */
  readonly rawBytes: number;
  readonly writtenAt: Date;
}

/** A file with the name of a part that is none. Its rows, and what it says of source objects, don't count. */
export interface UnreadablePart extends DayOfCollection {
  readonly kind: 'unreadable';
  readonly key: string;
  readonly reason: string;
}

/**
 * Reads the ledger: every live part, those of one collection and export date together. Only the end of each file is
 * read. Parts written or removed meanwhile may or may not be among them.
 */
export function liveParts(
  published: ObjectStore,
  filter: FileFilter = {},
): AsyncGenerator<LivePart | UnreadablePart, void, undefined> {
  return present(
    mapConcurrently(publishedFiles(published, 'live', filter), READS, (file) => readPart(published, file)),
  );
}

/** Reads of an object as the ORC reader makes them. */
export function partSource(
  published: ObjectStore,
  { key, size }: Pick<ListedObject, 'key' | 'size'>,
): ByteSource {
  return {
    byteLength: size,
    async slice(start, end) {
      if (start === end) return new Uint8Array();
      const found = await published.get(key, { range: { start, end } });
      if (found.kind !== 'found') throw new PartGoneError(`part ${key} is gone`);
      const chunks = await Array.fromAsync(found.body);
      return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    },
  };
}

/** Nothing has the key any more. */
export class PartGoneError extends Error {
  override readonly name = 'PartGoneError';
}

const READS = 16;

async function readPart(
  published: ObjectStore,
  file: ListedFile,
): Promise<LivePart | UnreadablePart | undefined> {
  const { key, db, collection, exportDate } = file;
  try {
    await using reader = await openReader(partSource(published, file));
    const metadata = parsePartMetadata(reader.userMetadata);
    const isInPlace =
      metadata.db === db && metadata.collection === collection && metadata.exportDate === exportDate;
    if (!isInPlace) throw new PartMetadataError('it is a part of another collection or export date');
    return {
      kind: 'part',
      key,
      ...metadata,
      rows: reader.numberOfRows,
      bytes: file.size,
      rawBytes: rawBytesOf(reader.schema, reader.statistics()),
      writtenAt: file.lastModified,
    };
  } catch (error) {
    if (error instanceof PartGoneError) return undefined;
    if (!(error instanceof OrcError || error instanceof PartMetadataError)) throw error;
    return { kind: 'unreadable', key, db, collection, exportDate, reason: error.message };
  }
}

async function* present<Item>(items: AsyncIterable<Item | undefined>): AsyncGenerator<Item, void, undefined> {
  for await (const item of items) if (item !== undefined) yield item;
}
