import {
  assertNames,
  assertPartitionsFit,
  definitionOf,
  isSamePartition,
  isSameTable,
  partitionOf,
} from './catalogue-entry.ts';
import { CatalogueEntryMissingError } from './catalogue.ts';
import type {
  AddPartitionResult,
  Catalogue,
  Partition,
  SwapPartitionResult,
  Table,
  TableDefinition,
  UpdatePartitionResult,
} from './catalogue.ts';
import { openSqlite, transaction } from './sqlite-file.ts';
import { integerIn, textIn } from './sqlite-row.ts';
import type { Row } from './sqlite-row.ts';

/** A catalogue in a SQLite file, for any number of processes. Every change survives a power cut. */
export function sqliteCatalogue(file: string): Catalogue {
  const database = openSqlite(file, SCHEMA);
  const insertDatabase = database.prepare(
    'INSERT INTO database_entry (name) VALUES (?) ON CONFLICT DO NOTHING',
  );
  const findDatabase = database.prepare('SELECT 1 FROM database_entry WHERE name = ?');
  const selectDatabases = database.prepare('SELECT name FROM database_entry ORDER BY name');
  const insertTable = database.prepare(
    'INSERT INTO table_entry (database, name, version, definition) VALUES (?, ?, 1, ?)',
  );
  const selectTable = database.prepare(
    'SELECT definition, version FROM table_entry WHERE database = ? AND name = ?',
  );
  const selectTables = database.prepare(
    'SELECT definition, version FROM table_entry WHERE database = ? ORDER BY name',
  );
  const replaceTable = database.prepare(
    'UPDATE table_entry SET definition = ?, version = version + 1 WHERE database = ? AND name = ?',
  );
  const putPartition = database.prepare(
    'INSERT OR REPLACE INTO partition_entry (database, table_name, partition_values, definition) VALUES (?, ?, ?, ?)',
  );
  const selectPartition = database.prepare(
    'SELECT definition FROM partition_entry WHERE database = ? AND table_name = ? AND partition_values = ?',
  );
  const selectPartitions = database.prepare(
    'SELECT definition FROM partition_entry WHERE database = ? AND table_name = ? ORDER BY partition_values',
  );

  function findTable(databaseName: string, name: string): Table | undefined {
    assertNames(databaseName, name);
    const row = selectTable.get(databaseName, name);
    return row === undefined ? undefined : tableFrom(row);
  }

  function findPartition(
    databaseName: string,
    table: string,
    values: readonly string[],
  ): Partition | undefined {
    const row = selectPartition.get(databaseName, table, JSON.stringify(values));
    return row === undefined ? undefined : partitionFrom(row);
  }

  function writePartition(databaseName: string, table: string, partition: Partition): void {
    const values = JSON.stringify(partition.values);
    putPartition.run(databaseName, table, values, JSON.stringify(partitionOf(partition)));
  }

  function addPartition(databaseName: string, table: string, partition: Partition): AddPartitionResult {
    const present = findPartition(databaseName, table, partition.values);
    if (present === undefined) {
      writePartition(databaseName, table, partition);
      return { kind: 'created' };
    }
    return isSamePartition(present, partition)
      ? { kind: 'unchanged' }
      : { kind: 'different', partition: present };
  }

  function updatePartition(databaseName: string, table: string, partition: Partition): UpdatePartitionResult {
    if (findPartition(databaseName, table, partition.values) === undefined) return { kind: 'missing' };
    writePartition(databaseName, table, partition);
    return { kind: 'updated' };
  }

  function swapPartition(
    databaseName: string,
    table: string,
    partition: Partition,
    expected: Partition | undefined,
  ): SwapPartitionResult {
    const present = findPartition(databaseName, table, partition.values);
    if (isSamePartition(present, partition)) return { kind: 'unchanged' };
    if (!isSamePartition(present, expected)) return { kind: 'conflict', partition: present };
    writePartition(databaseName, table, partition);
    return { kind: 'swapped' };
  }

  return {
    async createDatabase(name) {
      assertNames(name);
      transaction(database, 'power-cut', () => insertDatabase.run(name));
    },

    async listDatabases() {
      return selectDatabases.all().map((row) => textIn(row, 'name'));
    },

    async createTable(table) {
      return transaction(database, 'power-cut', () => {
        const present = findTable(table.database, table.name);
        if (present === undefined) {
          if (findDatabase.get(table.database) === undefined) {
            throw new CatalogueEntryMissingError('database', table.database);
          }
          insertTable.run(table.database, table.name, JSON.stringify(definitionOf(table)));
          return { kind: 'created', version: '1' };
        }
        const { version } = present;
        return isSameTable(present, table)
          ? { kind: 'unchanged', version }
          : { kind: 'different', table: present };
      });
    },

    async getTable(databaseName, name) {
      return findTable(databaseName, name);
    },

    async updateTable(table, expectedVersion) {
      return transaction(database, 'power-cut', () => {
        const present = findTable(table.database, table.name);
        if (present === undefined) return { kind: 'missing' };
        if (present.version !== expectedVersion) return { kind: 'conflict', table: present };
        replaceTable.run(JSON.stringify(definitionOf(table)), table.database, table.name);
        return { kind: 'updated', version: String(Number(present.version) + 1) };
      });
    },

    async listTables(databaseName) {
      assertNames(databaseName);
      return selectTables.all(databaseName).map(tableFrom);
    },

    async addPartitions(databaseName, table, partitions) {
      return transaction(database, 'power-cut', () => {
        assertPartitionsFit(findTable(databaseName, table), `${databaseName}.${table}`, partitions);
        return partitions.map((partition) => addPartition(databaseName, table, partition));
      });
    },

    async updatePartitions(databaseName, table, partitions) {
      return transaction(database, 'power-cut', () => {
        assertPartitionsFit(findTable(databaseName, table), `${databaseName}.${table}`, partitions);
        return partitions.map((partition) => updatePartition(databaseName, table, partition));
      });
    },

    async swapPartition(databaseName, table, partition, expected) {
      return transaction(database, 'power-cut', () => {
        assertPartitionsFit(findTable(databaseName, table), `${databaseName}.${table}`, [partition]);
        return swapPartition(databaseName, table, partition, expected);
      });
    },

    async listPartitions(databaseName, table) {
      assertNames(databaseName, table);
      return selectPartitions.all(databaseName, table).map(partitionFrom);
    },

    async close() {
      if (database.isOpen) database.close();
    },
  };
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS database_entry (
    name TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS table_entry (
    database TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (database, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS partition_entry (
    database TEXT NOT NULL,
    table_name TEXT NOT NULL,
    partition_values TEXT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (database, table_name, partition_values)
  ) STRICT;
`;

function tableFrom(row: Row): Table {
  const definition = JSON.parse(textIn(row, 'definition')) as TableDefinition;
  return { ...definition, version: String(integerIn(row, 'version')) };
}

function partitionFrom(row: Row): Partition {
  return JSON.parse(textIn(row, 'definition')) as Partition;
}
