import { isDeepStrictEqual } from 'node:util';
import { CatalogueEntryMissingError } from './catalogue.ts';
import type { Partition, TableDefinition } from './catalogue.ts';

/** @throws {RangeError} when one is no name of a database or a table. */
export function assertNames(...names: readonly string[]): void {
  for (const name of names) {
    if (!isName(name)) {
      throw new RangeError(`${JSON.stringify(name)} is not of lower-case letters, digits and "_"`);
    }
  }
}

export function isName(name: string): boolean {
  return /^[a-z0-9_]{1,255}$/.test(name);
}

/**
 * A partition that does not fit its table is a mistake of the caller, so this comes before anything is written.
 *
 * @param name - of the table, for the message
 * @throws {CatalogueEntryMissingError} when there is no such table.
 * @throws {RangeError} when a partition has more or fewer values than the table has partition keys.
 */
export function assertPartitionsFit<Found extends TableDefinition>(
  table: Found | undefined,
  name: string,
  partitions: readonly Partition[],
): asserts table is Found {
  if (table === undefined) throw new CatalogueEntryMissingError('table', name);
  const keys = table.partitionKeys.length;
  for (const { values } of partitions) {
    if (values.length === keys) continue;
    throw new RangeError(`${name} has ${keys} partition keys, ${JSON.stringify(values)} does not`);
  }
}

/** Its members in one order and nothing else, such as the version. */
export function definitionOf(table: TableDefinition): TableDefinition {
  const { database, name, columns, partitionKeys, location, format, parameters } = table;
  return { database, name, columns, partitionKeys, location, format, parameters };
}

export function isSameTable(one: TableDefinition, other: TableDefinition): boolean {
  return isDeepStrictEqual(definitionOf(one), definitionOf(other));
}

export function partitionOf({ values, location, parameters }: Partition): Partition {
  return { values, location, parameters };
}

export function isSamePartition(one: Partition | undefined, other: Partition | undefined): boolean {
  return isDeepStrictEqual(one && partitionOf(one), other && partitionOf(other));
}
