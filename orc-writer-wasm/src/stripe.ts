import { writeBloomFilters } from './bloom-filter.ts';
import type { ChunkedStream, FinishedStream } from './chunked-stream.ts';
import type { StripeColumn, StripeGroup } from './column-writer.ts';
import {
  writeRowIndex,
  writeStripeFooter,
  type ColumnEncoding,
  type RowIndexEntry,
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

/**
 * Puts a stripe together in Java's order: the indexes of all columns, their data, the footer. The chunks of the columns
 * must have been made; `settle` returns when those of `newStream` are.
 */
export function assembleStripe({
  columns,
  groupSizes,
  withIndex,
  newStream,
  settle,
}: {
  readonly columns: readonly StripeColumn[];
  readonly groupSizes: readonly number[];
  readonly withIndex: boolean;
  readonly newStream: () => ChunkedStream;
  readonly settle: () => void;
}): Stripe {
  const index: StripeStream[] = [];
  if (withIndex) {
    addIndex(
      0,
      groupSizes.map((rows) => ({
        positions: [],
        statistics: { numberOfValues: rows, hasNull: false },
      })),
    );
    columns.forEach((column, i) => {
      addIndex(i + 1, column.groups);
      if (column.bloomFilters !== undefined) {
        addMessage('BLOOM_FILTER_UTF8', i + 1, writeBloomFilters(column.bloomFilters));
      }
    });
    settle();
  }
  const data = columns.flatMap(({ streams }, i) => streams.map((each) => ({ ...each, column: i + 1 })));
  const streams = [...index, ...data];
  const footer = finished(
    writeStripeFooter({
      streams: streams.map(({ kind, column, stream }) => ({ kind, column, length: stream.length })),
      encodings: [{ kind: 'DIRECT' }, ...columns.map(encodingOf)],
      // Without it readers assume their own zone.
      writerTimezone: 'UTC',
    }),
  );
  settle();

  const rows = groupSizes.reduce((sum, size) => sum + size, 0);
  return {
    pieces: [...streams.map(({ stream }) => stream), footer].flatMap(({ pieces }) => pieces),
    lengths: { indexLength: total(index), dataLength: total(data), footerLength: footer.length },
    statistics: [
      { numberOfValues: rows, hasNull: false, bytesOnDisk: 0 },
      ...columns.map((column) => ({ ...column.statistics, bytesOnDisk: total(column.streams) })),
    ],
  };

  function addIndex(column: number, groups: readonly StripeGroup[]): void {
    addMessage('ROW_INDEX', column, writeRowIndex(groups.map(located)));
  }

  function addMessage(kind: StreamKind, column: number, message: Uint8Array): void {
    index.push({ kind, column, stream: finished(message) });
  }

  function finished(message: Uint8Array): FinishedStream {
    const stream = newStream();
    stream.write(message);
    return stream.finish();
  }
}

interface StripeStream {
  readonly kind: StreamKind;
  readonly column: number;
  readonly stream: FinishedStream;
}

function located({ positions, statistics }: StripeGroup): RowIndexEntry {
  return {
    positions: positions.map((position) => (typeof position === 'number' ? position : position())),
    statistics,
  };
}

/** A column with bloom filters says how their strings are encoded: as UTF-8. */
function encodingOf({ encoding, bloomFilters }: StripeColumn): ColumnEncoding {
  return bloomFilters === undefined ? encoding : { ...encoding, bloomEncoding: 1 };
}

function total(streams: readonly { readonly stream: FinishedStream }[]): number {
  return streams.reduce((sum, { stream }) => sum + stream.length, 0);
}
