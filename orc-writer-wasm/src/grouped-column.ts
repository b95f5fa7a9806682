import type { BloomFilter, BloomFilterBuilder } from './bloom-filter.ts';
import { chunkedStream, type Position } from './chunked-stream.ts';
import type { ColumnContext, ColumnWriter, StripeColumn } from './column-writer.ts';
import type { ColumnVector } from './columns.ts';
import type { ColumnEncoding } from './metadata.ts';
import { presentStream, type PresentBits } from './present-stream.ts';
import { mergeStatistics, type ColumnStatistics, type ValueStatistics } from './statistics.ts';

/** The part of a column writer that differs between types; it sees the values and not the nulls. */
export interface ValueWriter {
  readonly heldBytes: number;
  startGroup(): void;
  /** Takes the values of the slots `from` to `to` that are present. */
  append(vector: ColumnVector, from: number, to: number, present: PresentBits, batch: number): void;
  endGroup(): void;
  finish(): FinishedValues;
}

export interface FinishedValues {
  readonly encoding: ColumnEncoding;
  readonly streams: StripeColumn['streams'];
  readonly groups: readonly ValueGroup[];
  /** The columns inside this one, each followed by its own. */
  readonly children?: readonly StripeColumn[];
}

/** One row group: where its streams begin, as the row index says it, and what its values come to. */
export interface ValueGroup {
  readonly positions: readonly Position[];
  /** A struct and a union have none of their own. */
  readonly values?: ValueStatistics;
}

/** Positions and statistics of a row group, in objects. */
const INDEX_ENTRY_BYTES = 1024;

/** Adds PRESENT, row groups with their bloom filters, and statistics on two levels to the values of a column. */
export function groupedColumn(
  context: ColumnContext,
  values: ValueWriter,
  bloom?: BloomFilterBuilder,
): ColumnWriter {
  const present = presentStream(
    context.workspace,
    chunkedStream(context.makeChunk, context.blockSize, 'structure'),
  );
  let counts: { readonly numberOfValues: number; readonly hasNull: boolean }[] = [];
  let filters: BloomFilter[] = [];
  let rows = 0;
  let numberOfValues = 0;
  context.workspace.keepers.push(
    () => counts.length * INDEX_ENTRY_BYTES + filters.length * (filters[0]?.bits.length ?? 0),
  );

  return {
    get heldBytes() {
      return values.heldBytes;
    },
    startGroup() {
      present.startGroup();
      values.startGroup();
    },
    append(vector, from, to, batch, existing) {
      if (from === to) return;
      const bits = present.append(vector.present, from, to, existing);
      values.append(vector, from, to, bits, batch);
      rows += bits.rows;
      numberOfValues += bits.count;
    },
    endGroup() {
      values.endGroup();
      if (bloom !== undefined) filters.push(bloom.take());
      counts.push({ numberOfValues, hasNull: numberOfValues < rows });
      rows = 0;
      numberOfValues = 0;
    },
    finishStripe() {
      const presence = present.finish();
      const { encoding, streams, groups, children = [] } = values.finish();
      const entries = groups.map((group, i) => ({
        positions: [...(presence?.positions[i] ?? []), ...group.positions],
        statistics: {
          numberOfValues: 0,
          hasNull: false,
          ...counts[i],
          ...(group.values === undefined ? {} : { values: group.values }),
        },
      }));
      counts = [];
      const column: StripeColumn = {
        encoding,
        streams:
          presence === undefined ? streams : [{ kind: 'PRESENT', stream: presence.stream }, ...streams],
        groups: entries,
        ...(bloom === undefined ? {} : { bloomFilters: filters }),
        statistics: entries.map((entry): ColumnStatistics => entry.statistics).reduce(mergeStatistics),
      };
      filters = [];
      return [column, ...children];
    },
  };
}
