import type { Catalogue, Partition, Table } from '../storage/catalogue.ts';
import { CommandFailed } from './ending.ts';

/** A table, and its partitions in order of their values. */
export interface PartitionedTable extends Table {
  readonly partitions: readonly Partition[];
}

/**
 * The tables of all databases, or of one, by database and name.
 *
 * @throws {CommandFailed} when there is no such database
 */
export async function readTables(
  catalogue: Catalogue,
  onlyDatabase?: string,
): Promise<readonly PartitionedTable[]> {
  const databases = await catalogue.listDatabases();
  if (onlyDatabase !== undefined && !databases.includes(onlyDatabase)) {
    throw new CommandFailed(`no database ${onlyDatabase}: there are ${databases.join(', ') || 'none yet'}`);
  }
  const found: PartitionedTable[] = [];
  for (const database of onlyDatabase === undefined ? databases.toSorted() : [onlyDatabase]) {
    const listed = await catalogue.listTables(database);
    for (const table of listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const partitions = await catalogue.listPartitions(database, table.name);
      found.push({ ...table, partitions: partitions.toSorted(byValues) });
    }
  }
  return found;
}

function byValues(a: Partition, b: Partition): number {
  return a.values.join('\n') < b.values.join('\n') ? -1 : 1;
}

/** A statistic of all versions that a table shows; null where none says it, as live parts don't. */
export function statisticOf(table: PartitionedTable, name: 'numRows' | 'totalSize'): number | null {
  const shown = table.partitionKeys.length > 0 ? table.partitions : [table];
  const figures = shown.flatMap(({ parameters }) => parameters[name] ?? []).map(Number);
  return figures.length === 0 ? null : figures.reduce((sum, figure) => sum + figure, 0);
}
