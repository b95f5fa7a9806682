import type { ColumnBatch, ColumnVector, Dictionary, StringVector } from '../../src/columns.ts';
import type { TypeDescription } from '../../src/schema.ts';
import type { Row } from './merge-reference.ts';
import { rawVector } from './nested.ts';
import type { Random } from './random.ts';
import { stringsOf } from './table.ts';

/**
 * Makes a function that cuts rows into batches, with vectors in all the forms in which they may come. Stable
 * dictionaries go and come back, in all that it cuts; all else is overwritten when the next batch is asked for.
 */
export function rowCutter(
  r: Random,
  schema: TypeDescription,
): (rows: readonly Row[]) => AsyncGenerator<ColumnBatch> {
  const stable = new Map<number, NumberedStrings[]>();
  const most = r.pick([1, 7, 100, 1000]);

  return async function* cut(rows) {
    for (let from = 0; from < rows.length;) {
      const to = Math.min(rows.length, from + r.below(most + 1));
      const columns = schema.children.map((type, i) => {
        const values = rows.slice(from, to).map((row) => row[i] ?? null);
        return varied(type, rawVector(type, values), to - from);
      });
      yield { size: to - from, columns };
      columns.forEach(overwrite);
      from = to;
    }
  };

  /** The same values, in `size` slots, in another form. */
  function varied(type: TypeDescription, vector: ColumnVector, size: number): ColumnVector {
    const present =
      vector.present ?? (r.below(4) === 0 ? new Uint8Array((size + 7) >> 3).fill(255) : undefined);
    return { ...variedSlots(type, vector, size), ...(present === undefined ? {} : { present }) };
  }

  function variedSlots(type: TypeDescription, vector: ColumnVector, size: number): ColumnVector {
    const inner = (child: ColumnVector, index: number, slots: number): ColumnVector =>
      varied(type.children[index] ?? type, child, slots);
    if ('data' in vector) return variedStrings(type, vector, size);
    if ('fields' in vector) return { fields: vector.fields.map((field, i) => inner(field, i, size)) };
    if ('children' in vector) {
      return { tags: vector.tags, children: vector.children.map((child, i) => inner(child, i, size)) };
    }
    if (!('offsets' in vector)) return vector;
    const { offsets } = vector;
    const elements = offsets[size] ?? 0;
    if ('child' in vector) return { offsets, child: inner(vector.child, 0, elements) };
    return { offsets, key: inner(vector.key, 0, elements), value: inner(vector.value, 1, elements) };
  }

  function variedStrings(type: TypeDescription, vector: StringVector, size: number): ColumnVector {
    const strings = Array.from({ length: size }, (_, row) => stringAt(vector, row));
    switch (r.below(4)) {
      case 0:
        return vector;
      case 1:
        return shifted(vector);
      case 2:
        return newDictionary(r, strings).numbered(strings);
      default:
        return stableDictionary(type.id, strings).numbered(strings);
    }
  }

  /** One that was there before, if it has all of the strings. */
  function stableDictionary(column: number, strings: readonly MaybeString[]): NumberedStrings {
    const known = stable.get(column) ?? [];
    const fitting = known.filter(({ has }) => strings.every(has));
    if (fitting.length > 0 && r.below(5) > 0) return r.pick(fitting);
    const made = newDictionary(r, strings, true);
    stable.set(column, [...known, made]);
    return made;
  }
}

/** As latin1; undefined for null. */
type MaybeString = string | undefined;

function stringAt({ data, offsets, present }: StringVector, row: number): MaybeString {
  const isNull = present !== undefined && ((present[row >> 3] ?? 0) & (1 << (row & 7))) === 0;
  return isNull ? undefined : Buffer.from(data.subarray(offsets[row], offsets[row + 1])).toString('latin1');
}

/** The same strings between others that are not theirs. */
function shifted({ data, offsets }: StringVector): StringVector {
  const other = Buffer.from('other');
  return {
    data: Buffer.concat([other, data, other]),
    offsets: offsets.map((offset) => offset + other.length),
  };
}

interface NumberedStrings {
  has(this: void, string: MaybeString): boolean;
  numbered(strings: readonly MaybeString[]): ColumnVector;
}

/** A dictionary of these strings and some that may be the same, in random order. */
function newDictionary(r: Random, strings: readonly MaybeString[], isStable = false): NumberedStrings {
  const wanted = [...new Set(strings)].filter((string) => string !== undefined);
  const more = Array.from({ length: r.below(4) }, () => r.pick(['', 'a', 'unused', ...wanted]));
  const entries = wanted.length === 0 && r.below(2) === 0 ? [] : [...wanted, ...more];
  entries.sort(() => r.below(3) - 1);
  const vector = stringsOf(entries.map((entry) => Buffer.from(entry, 'latin1')));
  const { data, offsets } = r.below(2) === 0 ? shifted(vector) : vector;
  const dictionary: Dictionary = {
    data,
    offsets: entries.length === 0 && r.below(2) === 0 ? new Uint32Array(0) : offsets,
    ...(isStable ? { isStable } : {}),
  };
  const places = Map.groupBy(entries.keys(), (number) => entries[number]);
  return {
    has: (string) => string === undefined || places.has(string),
    numbered: (all) => ({
      ids: Uint32Array.from(all, (string) => (string === undefined ? 0 : r.pick(places.get(string) ?? []))),
      dictionary,
    }),
  };
}

function overwrite(vector: ColumnVector): void {
  for (const part of Object.values(vector)) {
    if (ArrayBuffer.isView(part)) new Uint8Array(part.buffer, part.byteOffset, part.byteLength).fill(0xee);
    else if (Array.isArray(part)) part.forEach(overwrite);
    else if (!part.isStable) overwrite(part);
  }
}
