import type { Command } from 'commander';
import { formatSchema, openReader, OrcError, type ColumnStatistics, type Reader } from 'orc-writer-wasm';
import { existingFile, wholeNumber } from './arguments.ts';
import { CommandFailed } from './ending.ts';
import { printJson, printText } from './output.ts';
import { rowTable, takeRows, terminalWidth, valueText } from './rows.ts';
import { textTable } from './text-table.ts';

interface InspectOptions {
  readonly rows: number;
  readonly statistics?: true;
  readonly json?: true;
}

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('show what an ORC file is made of')
    .argument('<file.orc>', 'any ORC file', existingFile)
    .option('--rows <N>', 'also the first N rows', wholeNumber(0), 0)
    .option('--statistics', 'also what is known of every column')
    .option('--json', 'print all of it for a program')
    .addHelpText('after', '\nExample:\n  $ cdi inspect part.orc --rows 5 --statistics')
    .action(inspect);
}

async function inspect(file: string, options: InspectOptions): Promise<void> {
  try {
    await using reader = await openReader(file);
    const rows = await takeRows(reader.rows(), options.rows);
    const description = describe(reader);
    const statistics = options.statistics ? columnStatistics(reader) : undefined;
    if (options.json)
      return printJson({ ...description, statistics, firstRows: options.rows > 0 ? rows : undefined });

    const { metadata, ...facts } = description;
    printText(textTable(['file', file], Object.entries({ ...facts, stripes: reader.stripes.length })));
    if (Object.keys(metadata).length > 0) {
      printText(`\n${textTable(['metadata', ''], Object.entries(metadata), terminalWidth())}`);
    }
    if (statistics !== undefined) printText(`\n${statisticsTable(statistics)}`);
    if (options.rows > 0) printText(`\n${rowTable(reader.schema.fieldNames, rows)}`);
  } catch (error) {
    if (error instanceof OrcError) throw new CommandFailed(`${file}: ${error.message}`);
    throw error;
  }
}

function describe(reader: Reader) {
  return {
    schema: formatSchema(reader.schema),
    rows: reader.numberOfRows,
    compression: reader.compression,
    rowIndexStride: reader.rowIndexStride,
    software: reader.softwareVersion ?? null,
    stripes: reader.stripes.map(({ offset, numberOfRows, dataLength }) => ({
      offset,
      numberOfRows,
      dataLength,
    })),
    metadata: Object.fromEntries(
      [...reader.userMetadata].map(([name, value]) => [name, Buffer.from(value).toString()]),
    ),
  };
}

interface NamedStatistics {
  readonly column: string;
  readonly values: number;
  readonly hasNull: boolean;
  readonly minimum: string | null;
  readonly maximum: string | null;
  readonly bytesOnDisk: number | null;
}

/** Of the columns below the root, which is the row itself. */
function columnStatistics(reader: Reader): NamedStatistics[] {
  const statistics = reader.statistics();
  return reader.schema.fieldNames.map((column, index) => {
    const id = reader.schema.children[index]?.id ?? 0;
    const own = statistics[id];
    return {
      column,
      values: own?.numberOfValues ?? 0,
      hasNull: own?.hasNull ?? false,
      ...boundTexts(own?.values),
      bytesOnDisk: own?.bytesOnDisk ?? null,
    };
  });
}

function boundTexts(values: ColumnStatistics['values']): { minimum: string | null; maximum: string | null } {
  if (values === undefined || !('minimum' in values)) return { minimum: null, maximum: null };
  return { minimum: boundText(values.minimum), maximum: boundText(values.maximum) };
}

function boundText(bound: unknown): string | null {
  if (bound === undefined) return null;
  if (bound instanceof Uint8Array) return Buffer.from(bound).toString();
  const isInstant = typeof bound === 'object' && bound !== null && 'millis' in bound;
  return isInstant ? new Date(Number(bound.millis)).toISOString() : valueText(bound);
}

function statisticsTable(statistics: readonly NamedStatistics[]): string {
  return textTable(
    ['column', 'values', 'nulls', 'bytes', 'minimum', 'maximum'],
    statistics.map(({ column, values, hasNull, minimum, maximum, bytesOnDisk }) => [
      column,
      values,
      hasNull ? 'some' : 'none',
      bytesOnDisk,
      minimum,
      maximum,
    ]),
    terminalWidth(),
  );
}
