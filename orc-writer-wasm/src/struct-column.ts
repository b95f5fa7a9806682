import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { ColumnVector, StructVector } from './columns.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';

/** STRUCT: no stream but PRESENT; its fields have rows where it has a value. */
export function structColumn(
  context: ColumnContext,
  fields: readonly ColumnWriter[],
  name: string,
): ColumnWriter {
  let groups = 0;
  return groupedColumn(context, {
    get heldBytes() {
      return fields.reduce((sum, field) => sum + field.heldBytes, 0);
    },
    startGroup() {
      groups++;
      for (const field of fields) field.startGroup();
    },
    append(vector, from, to, { mask }, batch) {
      const vectors = fieldsOf(vector);
      fields.forEach((field, i) => {
        const given = vectors[i];
        if (given !== undefined) field.append(given, from, to, batch, mask);
      });
    },
    endGroup() {
      for (const field of fields) field.endGroup();
    },
    finish() {
      const entries = Array.from({ length: groups }, () => ({ positions: [] }));
      groups = 0;
      return {
        encoding: { kind: 'DIRECT' },
        streams: [],
        groups: entries,
        children: fields.flatMap((field) => field.finishStripe()),
      };
    },
  });

  function fieldsOf(vector: ColumnVector): StructVector['fields'] {
    if ('fields' in vector && vector.fields.length === fields.length) return vector.fields;
    throw new SchemaMismatchError('bad-vector', `column ${name} (struct) needs ${fields.length} fields`);
  }
}
