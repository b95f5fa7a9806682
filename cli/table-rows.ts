import { openReader, OrcError } from 'orc-writer-wasm';
import { jsonLines } from '../storage/json-lines.ts';
import { PartGoneError, partSource } from '../storage/live-parts.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { FoundTable, TablePartition } from './find-table.ts';
import { locationFiles, type LocationFile } from './location-files.ts';
import { printNote } from './output.ts';
import type { Row } from './rows.ts';
import { isWanted, searchArgument, type Where } from './where.ts';

/**
 * Rows of a table with its partition keys as columns, the newest partition first. Of partitions and row groups that
 * cannot have a wanted row nothing is read; a file that cannot be read is told of and left out.
 */
export async function* tableRows(
  published: ObjectStore,
  table: FoundTable,
  where?: Where,
): AsyncGenerator<Row, void, undefined> {
  for (const partition of table.partitions) {
    const keys = partitionColumns(table, partition);
    if (where !== undefined && Object.hasOwn(keys, where.column) && !isWanted(keys, where)) continue;
    for (const file of await locationFiles(published, partition.location)) {
      const rows =
        table.format === 'orc' ? orcRows(published, file, where) : jsonRows(published, file, table);
      for await (const each of rows) {
        const row = { ...each, ...keys };
        if (where === undefined || isWanted(row, where)) yield row;
      }
    }
  }
}

function partitionColumns({ partitionKeys }: FoundTable, { values }: TablePartition): Row {
  return Object.fromEntries(partitionKeys.map((key, index) => [key, values[index]]));
}

async function* orcRows(
  published: ObjectStore,
  file: LocationFile,
  where: Where | undefined,
): AsyncGenerator<Row, void, undefined> {
  try {
    await using reader = await openReader(partSource(published, file));
    const search = where && searchArgument(where, reader.schema);
    yield* reader.rows(search === undefined ? {} : { searchArgument: search });
  } catch (error) {
    if (!(error instanceof OrcError || error instanceof PartGoneError)) throw error;
    printNote(`unreadable: ${file.key}: ${error.message}`);
  }
}

async function* jsonRows(
  published: ObjectStore,
  { key }: LocationFile,
  { columns }: FoundTable,
): AsyncGenerator<Row, void, undefined> {
  let unreadable = 0;
  for await (const members of jsonLines(published, key)) {
    if (members === undefined) unreadable += 1;
    else yield Object.fromEntries(columns.map((column) => [column, members[column] ?? null]));
  }
  if (unreadable > 0) printNote(`unreadable: ${key}: ${unreadable} of its lines are no JSON`);
}
