// Which numbers of a row index entry belong to which stream (orc.apache.org, «Column encodings» and «Indexes»).

import type { ColumnEncoding, StreamKind } from './metadata.ts';
import type { Category } from './schema.ts';

/** Of a stream with positions: how many numbers it has, besides the one more that compression brings. */
type Layout = readonly (readonly [kind: StreamKind, numbers: number])[];

const BYTES = 1;
const RUNS = 2;
const BITS = 3;

function layoutOf(category: Category, encoding: ColumnEncoding): Layout {
  switch (category) {
    case 'boolean':
      return [['DATA', BITS]];
    case 'float':
    case 'double':
      return [['DATA', BYTES]];
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'date':
    case 'uniontype':
      return [['DATA', RUNS]];
    case 'decimal':
      return [
        ['DATA', BYTES],
        ['SECONDARY', RUNS],
      ];
    case 'timestamp':
    case 'timestamp with local time zone':
      return [
        ['DATA', RUNS],
        ['SECONDARY', RUNS],
      ];
    case 'string':
    case 'binary':
    case 'varchar':
    case 'char':
    case 'geometry':
    case 'geography':
      return encoding.kind.startsWith('DICTIONARY')
        ? [['DATA', RUNS]]
        : [
            ['DATA', BYTES],
            ['LENGTH', RUNS],
          ];
    case 'array':
    case 'map':
      return [['LENGTH', RUNS]];
    case 'struct':
      return [];
  }
}

/**
 * The index of the number in an entry of the row index that says where in a stream the row group begins: in a
 * compressed stream the chunk, else the byte. Undefined for a stream without positions, such as a dictionary.
 */
export function offsetIndex(
  kind: StreamKind | 'unknown',
  {
    category,
    encoding,
    hasPresent,
    isCompressed,
  }: {
    readonly category: Category;
    readonly encoding: ColumnEncoding;
    readonly hasPresent: boolean;
    readonly isCompressed: boolean;
  },
): number | undefined {
  const present: Layout = hasPresent ? [['PRESENT', BITS]] : [];
  let at = 0;
  for (const [each, numbers] of [...present, ...layoutOf(category, encoding)]) {
    if (each === kind) return at;
    at += numbers + (isCompressed ? 1 : 0);
  }
  return undefined;
}
