import type { ColumnBatch } from 'orc-writer-wasm';
import { rangeText, type IdPartRange } from './id-part-ranges.ts';
import { sum64 } from './open-rows.ts';
import { outputFile, type OutputFile } from './output-file.ts';
import { COLUMN, endOfIdPart, halvesIn, idPartAt, sliceBatch, stringsIn } from './part-columns.ts';
import type { PublishedFileEntry } from '../schemas/manifest.ts';
import { PART_SCHEMA } from '../schemas/part.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface RangeWriter {
  /** Takes rows in the order of their ids. */
  add(batch: ColumnBatch): Promise<void>;
  /** The files, in the order of their rows. */
  close(): Promise<readonly PublishedFileEntry[]>;
  abort(): Promise<void>;
}

export interface RangeWriterOptions {
  /** The folder of the version. */
  readonly prefix: string;
  readonly ranges: readonly IdPartRange[];
  readonly compression: 'ZLIB' | 'ZSTD';
  /** Threads that compress. */
  readonly writerWorkers: number;
  readonly userMetadata: Readonly<Record<string, string>>;
  /** Bytes at which the next file of a range begins. @defaultValue about 256 MiB */
  readonly fileBytes?: number;
}

/** A quarter below 256 MiB, as a file gets a last stripe of up to 64 MiB. */
const FILE_BYTES = 192 * 2 ** 20;
/** Rows after which the size of a file is looked at, counted from its beginning. */
const ROWS_BETWEEN_LOOKS = 8_192;

/**
 * Writes rows of changes or of a snapshot into files that end where a range ends, or where they are large enough. Where
 * that is depends on the rows alone: equal rows give equal files, however they are cut into batches and shards.
 */
export function rangeWriter(published: ObjectStore, options: RangeWriterOptions): RangeWriter {
  const { prefix, ranges, compression, writerWorkers, userMetadata, fileBytes = FILE_BYTES } = options;
  const entries: PublishedFileEntry[] = [];
  let range = 0;
  let filesOfRange = 0;
  let rowsToLook = 0;
  let name = '';
  let open: OutputFile | undefined;
  let checksum = sum64();

  async function addToRange(batch: ColumnBatch, last: IdPartRange): Promise<void> {
    for (let from = 0; from < batch.size;) {
      if (open === undefined) {
        name = `${rangeText(last)}-${filesOfRange++}.orc`;
        rowsToLook = ROWS_BETWEEN_LOOKS;
        checksum = sum64();
        open = await outputFile(published, `${prefix}${name}`, {
          schema: PART_SCHEMA,
          compression,
          workers: writerWorkers,
          userMetadata,
        });
      }
      const to = Math.min(batch.size, from + rowsToLook);
      const rows = sliceBatch(batch, from, to);
      const fingerprints = halvesIn(rows, COLUMN.fingerprint);
      for (let row = 0; row < rows.size; row++) checksum.add(fingerprints, row);
      await open.addRows(rows);
      rowsToLook -= to - from;
      from = to;
      if (rowsToLook > 0) continue;
      rowsToLook = ROWS_BETWEEN_LOOKS;
      if (open.bytes() >= fileBytes) await closeFile();
    }
  }

  async function closeFile(): Promise<void> {
    if (open === undefined) return;
    const summary = await open.close();
    open = undefined;
    entries.push({ name, ...summary, checksum: hexDigits64(checksum.value()) });
  }

  return {
    async add(batch) {
      const idParts = stringsIn(batch, COLUMN.idPart);
      for (let from = 0; from < batch.size;) {
        const idPart = idPartAt(idParts, from);
        while (idPart > (ranges[range]?.last ?? Number.POSITIVE_INFINITY)) {
          await closeFile();
          range += 1;
          filesOfRange = 0;
        }
        const current = ranges[range];
        if (current === undefined || idPart < current.first) {
          throw new RangeError(`id_part ${idPart} is in none of the ranges, or out of order`);
        }
        const to = endOfIdPart(idParts, current.last, from, batch.size);
        await addToRange(sliceBatch(batch, from, to), current);
        from = to;
      }
    },
    async close() {
      await closeFile();
      return entries;
    },
    async abort() {
      await open?.abort();
    },
  };
}

/** 64 bits as 16 hex digits. */
export function hexDigits64(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
