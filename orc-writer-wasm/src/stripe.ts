import { writeBloomFilters } from './bloom-filter.ts';
import type { ChunkedStream } from './chunked-stream.ts';
import type { StripeColumn } from './column-writer.ts';
import {
  writeRowIndex,
  writeStripeFooter,
  type ColumnEncoding,
  type RowIndexEntry,
  type StreamInformation,
  type StreamKind,
  type StripeInformation,
} from './metadata.ts';
import type { ColumnStatistics } from './statistics.ts';

export interface Stripe {
  readonly pieces: readonly Uint8Array[];
  readonly lengths: Pick<StripeInformation, 'indexLength' | 'dataLength' | 'footerLength'>;
  /** Of the root and every column. */
  readonly statistics: ColumnStatistics[];
}

/** Puts a stripe together in Java's order: the indexes of all columns, their data, the footer. */
export function assembleStripe({
  columns,
  groupSizes,
  withIndex,
  newStream,
}: {
  readonly columns: readonly StripeColumn[];
  readonly groupSizes: readonly number[];
  readonly withIndex: boolean;
  readonly newStream: () => ChunkedStream;
}): Stripe {
  const streams: StreamInformation[] = [];
  const pieces: Uint8Array[] = [];
  const rootStatistics = groupSizes.map((rows) => ({ numberOfValues: rows, hasNull: false }));

  if (withIndex) {
    const rootGroups = rootStatistics.map((statistics) => ({ positions: [], statistics }));
    addIndex(rootGroups, 0);
    columns.forEach((column, i) => {
      addIndex(column.groups, i + 1);
      if (column.bloomFilters !== undefined) {
        addMessage('BLOOM_FILTER_UTF8', i + 1, writeBloomFilters(column.bloomFilters));
      }
    });
  }
  const indexLength = total(pieces);
  columns.forEach((column, i) => {
    for (const { kind, stream } of column.streams) add(kind, i + 1, stream);
  });
  const dataLength = total(pieces) - indexLength;

  const footer = newStream();
  footer.write(
    writeStripeFooter({
      streams,
      encodings: [{ kind: 'DIRECT' }, ...columns.map(encodingOf)],
      // Without it readers assume their own zone.
      writerTimezone: 'UTC',
    }),
  );
  const { pieces: footerPieces, length: footerLength } = footer.finish();
  pieces.push(...footerPieces);

  const rows = groupSizes.reduce((sum, size) => sum + size, 0);
  return {
    pieces,
    lengths: { indexLength, dataLength, footerLength },
    statistics: [
      { numberOfValues: rows, hasNull: false, bytesOnDisk: 0 },
      ...columns.map((column) => ({
        ...column.statistics,
        bytesOnDisk: column.streams.reduce((sum, { stream }) => sum + stream.length, 0),
      })),
    ],
  };

  function addIndex(groups: readonly RowIndexEntry[], column: number): void {
    addMessage('ROW_INDEX', column, writeRowIndex(groups));
  }

  function addMessage(kind: StreamKind, column: number, message: Uint8Array): void {
    const stream = newStream();
    stream.write(message);
    add(kind, column, stream.finish());
  }

  function add(
    kind: StreamKind,
    column: number,
    stream: { pieces: readonly Uint8Array[]; length: number },
  ): void {
    streams.push({ kind, column, length: stream.length });
    pieces.push(...stream.pieces);
  }
}

/** A column with bloom filters says how their strings are encoded: as UTF-8. */
function encodingOf({ encoding, bloomFilters }: StripeColumn): ColumnEncoding {
  return bloomFilters === undefined ? encoding : { ...encoding, bloomEncoding: 1 };
}

function total(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
