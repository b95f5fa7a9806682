import type { FinishedStream } from './chunked-stream.ts';
import {
  MAGIC,
  writeFooter,
  writeMetadata,
  writePostScript,
  writeStripeStatistics,
  type StripeInformation,
} from './metadata.ts';
import type { FileTraits } from './raw-stripe.ts';
import { mergeStatistics, type ColumnStatistics } from './statistics.ts';

/** Keeps what a file says after its stripes. */
export interface TailWriter {
  readonly stripes: number;
  /** `message` is the statistics as another file has them. */
  addStripe(stripe: StripeInformation, statistics: readonly ColumnStatistics[], message?: Uint8Array): void;
  /** Metadata, Footer, PostScript and its length; `contentLength` is where they begin. */
  finish(file: {
    readonly contentLength: number;
    readonly compressionBlockSize: number;
    readonly userMetadata: ReadonlyMap<string, Uint8Array>;
  }): FinishedTail;
}

export interface FinishedTail {
  readonly pieces: readonly Uint8Array[];
  readonly rows: number;
  /** Of the file, by type id. */
  readonly statistics: readonly ColumnStatistics[];
}

/** `packed` puts a message into chunks that are made. */
export function tailWriter(traits: FileTraits, packed: (message: Uint8Array) => FinishedStream): TailWriter {
  const stripes: StripeInformation[] = [];
  const messages: Uint8Array[] = [];
  let statistics: readonly ColumnStatistics[] | undefined;

  return {
    get stripes() {
      return stripes.length;
    },
    addStripe(stripe, columns, message = writeStripeStatistics(columns)) {
      stripes.push(stripe);
      messages.push(message);
      statistics = statistics?.map((column, i) => mergeStatistics(column, columns[i] ?? NONE)) ?? columns;
    },
    finish({ contentLength, compressionBlockSize, userMetadata }) {
      const { schema } = traits;
      const rows = stripes.reduce((sum, { numberOfRows }) => sum + numberOfRows, 0);
      statistics ??= Array.from({ length: schema.maximumId + 1 }, () => NONE);
      const metadata = packed(writeMetadata(messages));
      const footer = packed(
        writeFooter({
          ...traits,
          headerLength: MAGIC.length,
          contentLength,
          stripes,
          userMetadata,
          numberOfRows: rows,
          statistics,
        }),
      );
      const postScript = writePostScript({
        ...traits,
        footerLength: footer.length,
        metadataLength: metadata.length,
        compressionBlockSize,
      });
      return {
        pieces: [...metadata.pieces, ...footer.pieces, postScript, Buffer.of(postScript.length)],
        rows,
        statistics,
      };
    },
  };
}

const NONE: ColumnStatistics = { numberOfValues: 0, hasNull: false, bytesOnDisk: 0 };
