import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { openReader, type ColumnBatch, type Reader } from 'orc-writer-wasm';
import { searchArgument, type Filter } from './filters.ts';
import { plainVector, type Plain } from './plain-values.ts';

export interface Finding {
  readonly rows: number;
  readonly checks: number;
  readonly differences: readonly string[];
}

/**
 * Reads a file with our reader: all rows in order, each row group by its positions alone, and the row groups that a
 * filter leaves.
 *
 * @param truth a file of JSON lines with the columns of the file and maybe others
 * @param names the columns of the truth
 */
export async function readWithOurs(
  path: string,
  truth: string,
  names: readonly string[],
  filters: readonly Filter[],
): Promise<Finding> {
  const lines = (await readFile(truth, 'utf8')).split('\n').slice(0, -1);
  const everything = lines.map((line) => JSON.parse(line) as Plain[]);
  await using reader = await openReader(path);
  const places = reader.schema.fieldNames.map((name) => names.indexOf(name));
  const expected = everything.map((row) => places.map((place) => row[place] ?? null));
  const differences: string[] = [];
  let checks = 0;

  let row = 0;
  for await (const batch of reader.batches()) row += compare('read in order', batch, row);
  check(`it has ${row} rows instead of ${expected.length}`, row === expected.length);

  let stripeStart = 0;
  for (const [stripe, { numberOfRows }] of reader.stripes.entries()) {
    if (reader.rowIndexStride === 0) break;
    for (let from = 0; from < numberOfRows; from += reader.rowIndexStride) {
      const group = from / reader.rowIndexStride;
      compare(
        `group ${group} of stripe ${stripe}`,
        await reader.readRowGroup(stripe, group),
        stripeStart + from,
      );
    }
    stripeStart += numberOfRows;
  }

  for (const filter of filters) {
    const type = reader.schema.children[reader.schema.fieldNames.indexOf(filter.column)];
    if (type === undefined) continue;
    const found = await ordinals(reader, filter, type);
    const lost = filter.ordinals.filter((ordinal) => !found.has(ordinal));
    check(`${describe(filter)} lost the rows ${lost.slice(0, 5).join()}`, lost.length === 0);
  }
  return { rows: row, checks, differences };

  function compare(what: string, { size, columns }: ColumnBatch, from: number): number {
    reader.schema.children.forEach((type, i) => {
      const column = columns[i];
      const values = column === undefined ? [] : plainVector(type, column, size);
      const wrong = values.findIndex((value, at) => !isSame(value, expected[from + at]?.[i]));
      const shown = JSON.stringify([values[wrong], expected[from + wrong]?.[i]]);
      check(`${what}, row ${from + wrong}, column ${reader.schema.fieldNames[i]}: ${shown}`, wrong === -1);
    });
    return size;
  }

  function check(fault: string, isRight: boolean): void {
    checks++;
    if (!isRight) differences.push(fault);
  }
}

function isSame(a: Plain, b: Plain | undefined): boolean {
  return a === b || (typeof a === 'object' && isDeepStrictEqual(a, b));
}

async function ordinals(
  reader: Reader,
  filter: Filter,
  type: Reader['schema'],
): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const options = { searchArgument: searchArgument(filter, type), include: ['ordinal'] };
  for await (const { columns } of reader.batches(options)) {
    const [column] = columns;
    if (column !== undefined && 'values' in column)
      for (const value of column.values) found.add(Number(value));
  }
  return found;
}

export function describe({ column, operator, isNegated, literals }: Filter): string {
  return `${isNegated ? 'not ' : ''}${column} ${operator} ${JSON.stringify(literals)}`;
}
