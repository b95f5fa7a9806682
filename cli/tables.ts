import type { Command } from 'commander';
import { versionOfPrefix } from '../schemas/layout.ts';
import type { Partition } from '../storage/catalogue.ts';
import { hiveDescriptor } from '../storage/table-format.ts';
import { existingFolder, plainText } from './arguments.ts';
import { openCatalogue, publishedPlace } from './open.ts';
import { printJson, printNote, printText } from './output.ts';
import { readTables, statisticOf, type PartitionedTable } from './read-tables.ts';
import { textTable, type Cell } from './text-table.ts';

interface TablesOptions {
  readonly local?: string;
  readonly database?: string;
  readonly json?: true;
}

export function addTables(program: Command): void {
  program
    .command('tables')
    .description('show the catalogue as query engines see it')
    .option('--local <DIR>', 'folder with the tables', existingFolder)
    .option('--database <NAME>', 'only the tables of this database', plainText)
    .option('--json', 'print columns, formats, partitions and places of all for a program')
    .addHelpText(
      'after',
      `
Rows and MB are those of published versions. Partitions that are not compacted yet
show the parts as the consumer wrote them; their rows are counted nowhere.

Examples:
  $ cdi tables --local ./sample
  $ cdi tables --local ./sample --database cdi --json`,
    )
    .action(tables);
}

async function tables({ local, database, json }: TablesOptions): Promise<void> {
  const catalogue = await openCatalogue(local);
  try {
    const found = await readTables(catalogue, database);
    if (json) printJson(found.map((table) => described(table, local)));
    else if (found.length === 0) printNote('There are no tables yet.');
    else printText(tablesText(found));
  } finally {
    await catalogue.close();
  }
}

/** All that an independent reader needs to open the files of a table, wherever it is. */
function described(table: PartitionedTable, local: string | undefined) {
  const { tableType, inputFormat, outputFormat, serializationLibrary, serdeParameters, parameters } =
    hiveDescriptor(table);
  return {
    database: table.database,
    name: table.name,
    tableType,
    columns: table.columns,
    partitionKeys: table.partitionKeys,
    location: table.location,
    path: publishedPlace(local, table.location),
    format: table.format,
    inputFormat,
    outputFormat,
    serializationLibrary,
    serdeParameters,
    parameters,
    partitions: table.partitions.map(({ values, location, parameters: ownParameters }) => ({
      values,
      location,
      path: publishedPlace(local, location),
      parameters: ownParameters,
    })),
  };
}

/** As wide as it needs: names and places are there to be copied. */
function tablesText(found: readonly PartitionedTable[]): string {
  const hasLive = found.some(({ partitions }) => partitions.some(isLive));
  return textTable(
    ['table', 'partitions', ...(hasLive ? ['live'] : []), 'rows', 'MB', 'newest', 'location'],
    found.map((table) => {
      const isPartitioned = table.partitionKeys.length > 0;
      const bytes = statisticOf(table, 'totalSize');
      return [
        `${table.database}.${table.name}`,
        isPartitioned ? table.partitions.length : null,
        ...(hasLive ? [table.partitions.filter(isLive).length] : []),
        statisticOf(table, 'numRows'),
        bytes === null ? null : (bytes / 1e6).toFixed(2),
        newest(table),
        table.location,
      ];
    }),
  );
}

function isLive({ location }: Partition): boolean {
  return versionOfPrefix(location) === undefined;
}

/** The date of the newest partition: dates are the last partition key of every table. */
function newest({ partitions }: PartitionedTable): Cell {
  return (
    partitions
      .map(({ values }) => values.at(-1) ?? '')
      .toSorted()
      .at(-1) ?? null
  );
}
