import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { createWriter, parseSchema, type ColumnBatch, type WriterOptions } from 'orc-writer-wasm';
import type { PublishedFileEntry } from '../schemas/manifest.ts';
import { rawBytesOf } from '../storage/raw-bytes.ts';
import type { ObjectStore } from '../storage/store.ts';

/** A file of a version while it is written. It is there, and durable, once `close` has resolved. */
export interface OutputFile {
  addRows(batch: ColumnBatch): Promise<void>;
  /** What has reached the store, which is whole stripes. */
  bytes(): number;
  close(): Promise<Omit<PublishedFileEntry, 'name' | 'checksum'>>;
  /** Leaves nothing behind; after `close` it does nothing. */
  abort(): Promise<void>;
}

/** Between the writer and the store. */
const MOST_CHUNKS = 8;

/** Begins a file, which streams into the store as it is encoded. */
export async function outputFile(
  published: ObjectStore,
  key: string,
  options: WriterOptions & { readonly schema: string },
): Promise<OutputFile> {
  const digest = createHash('sha256');
  // Chunks by number: by bytes they would be joined to fewer, which copies them once more.
  const stream = new PassThrough({ objectMode: true, highWaterMark: MOST_CHUNKS });
  let bytes = 0;
  const writer = await createWriter(async (chunk) => {
    digest.update(chunk);
    bytes += chunk.length;
    if (stream.destroyed) await stored;
    if (!stream.write(chunk)) await once(stream, 'drain');
  }, options);
  // Not before the options have proved good: the store would wait for a file that never comes.
  // Its SHA-256 is what counts.
  const stored = published.put(key, stream, { withoutETag: true });
  // A store that fails wakes up whoever waits for room.
  stored.catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))));
  stream.on('error', () => {});

  /** Where the store has failed, that is why the rest did. */
  async function orStoreError<Result>(write: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await write();
    } catch (error) {
      if (stream.destroyed) await stored;
      throw error;
    }
  }

  return {
    addRows: (batch) => orStoreError(() => writer.addRowBatch(batch)),
    bytes: () => bytes,
    async close() {
      const { rows, statistics } = await orStoreError(() => writer.close());
      stream.end();
      await stored;
      const rawBytes = rawBytesOf(parseSchema(options.schema), statistics);
      return { rows, bytes, rawBytes, sha256: digest.digest('hex') };
    },
    async abort() {
      stream.destroy(new Error(`writing ${key} was given up`));
      await writer.abort();
      await stored.catch(() => {});
    },
  };
}
