import { columnBuilder, type ColumnBuilder } from './column-builder.ts';
import { findColumn } from './column-path.ts';
import type { ColumnBatch } from './columns.ts';
import type { TypeDescription } from './schema.ts';

/**
 * Fills rows value by value and makes no objects for it. Columns are looked up once:
 *
 *     const rows = writer.rowAppender();
 *     const name = rows.column('name');
 *     const tag = rows.column('tags._elem');
 *     const tags = rows.column('tags');
 *     name.set('ann');
 *     tag.set('new');
 *     tag.set('old');
 *     tags.end();
 *     await rows.end();
 */
export interface RowAppender {
  /**
   * A column by its path: `a.b` for a field, `_elem` of a list, `_key` and `_value` of a map, the number of a variant.
   *
   * @throws {SchemaMismatchError} when there is none
   */
  column(path: string): ColumnAppender;
  /**
   * Ends the row; columns that were not set are null. A promise only when a stripe was finished, as with `addRow`.
   *
   * @throws {SchemaMismatchError} when a column was set twice, or what is inside a column and not the column was
   *   ended; the writer can then only be aborted
   */
  end(): void | Promise<void>;
}

/** A column, or what is inside one, of a row that is being filled. */
export interface ColumnAppender {
  /**
   * Gives this row's value, of the kinds that `addRow` takes; null and undefined are null. A list takes an element
   * more with each call for its `_elem`, a map a pair with one call for `_key` and one for `_value`.
   *
   * @throws {SchemaMismatchError} when it does not fit the column
   */
  set(value: unknown): void;
  /**
   * Ends a struct, list, map or union whose insides were set one by one. A list without elements is empty; a union is
   * of the variant that was set.
   *
   * @throws {SchemaMismatchError} when what is inside does not make one value
   */
  end(): void;
}

/** Collects rows as columns whose memory is used again and again. */
export interface RowBuilder extends RowAppender {
  /** Whether there are enough rows to be encoded together. */
  readonly isFull: boolean;
  /** @throws {SchemaMismatchError} when a value does not fit its column; the row is then half there */
  add(row: object): void;
  end(): void;
  /**
   * Hands over what was collected, if there is anything, for the length of the call.
   *
   * @throws {SchemaMismatchError} when a row was begun and not ended
   */
  drain(into: (batch: ColumnBatch) => void): void;
}

const MOST_ROWS = 4096;
const MOST_BYTES = 4 * 2 ** 20;

/** The fields of `schema`, a struct; it is full at `mostBytes`, if not before. */
export function rowBuilder(schema: TypeDescription, mostBytes = Infinity): RowBuilder {
  const held = { bytes: 0 };
  const byId: ColumnBuilder[] = [];
  const root = columnBuilder(schema, '', held, byId);

  return {
    get isFull() {
      return root.slots.length >= MOST_ROWS || held.bytes >= Math.min(mostBytes, MOST_BYTES);
    },
    column(path) {
      const { id } = findColumn(schema, path);
      return byId[id] ?? root;
    },
    add: (row) => root.set(row),
    end: () => root.end(),
    drain(into) {
      const size = root.slots.length;
      const vector = root.vector(size);
      if (size > 0 && 'fields' in vector) into({ size, columns: vector.fields });
      root.clear();
      held.bytes = 0;
    },
  };
}
