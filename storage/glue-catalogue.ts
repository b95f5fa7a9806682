import {
  AlreadyExistsException,
  BatchCreatePartitionCommand,
  BatchGetPartitionCommand,
  BatchUpdatePartitionCommand,
  ConcurrentModificationException,
  CreateDatabaseCommand,
  CreatePartitionCommand,
  CreateTableCommand,
  EntityNotFoundException,
  GetTableCommand,
  paginateGetDatabases,
  paginateGetPartitions,
  paginateGetTables,
  UpdatePartitionCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import type { ErrorDetail, GlueClient, PartitionInput, Table as GlueTable } from '@aws-sdk/client-glue';
import { assertNames, assertPartitionsFit, isName, isSamePartition, isSameTable } from './catalogue-entry.ts';
import { CatalogueEntryMissingError } from './catalogue.ts';
import type { Catalogue, Partition, Table } from './catalogue.ts';
import {
  fromGluePartition,
  fromGlueTable,
  isReadableTable,
  toGluePartition,
  toGlueTable,
} from './glue-entry.ts';

export interface GlueSettings {
  /** Locations are keys here and `s3://` addresses of this bucket in Glue. */
  readonly publishedBucket: string;
}

/**
 * The catalogue of an AWS account and region. Parameters that others add to an entry are the entry's. Tables that are
 * no ORC or JSON lines of the bucket are not listed, and to get one is an error.
 *
 * The SDK repeats calls and nothing here does (R-ONERETRY). So what is written is read back (R-GLUE): a call that was
 * repeated finds its own work done, and what went through may have been overtaken since.
 *
 * @param client - destroyed by `close`
 */
export function glueCatalogue(client: GlueClient, { publishedBucket: bucket }: GlueSettings): Catalogue {
  async function findTable(DatabaseName: string, Name: string): Promise<GlueTable | undefined> {
    assertNames(DatabaseName, Name);
    const answer = await unless(
      [EntityNotFoundException],
      client.send(new GetTableCommand({ DatabaseName, Name })),
    );
    return answer?.Table;
  }

  async function getTable(database: string, name: string): Promise<Table | undefined> {
    const found = await findTable(database, name);
    return found && fromGlueTable(found, bucket);
  }

  async function tableOf(database: string, name: string, partitions: readonly Partition[]): Promise<Table> {
    const table = await getTable(database, name);
    assertPartitionsFit(table, `${database}.${name}`, partitions);
    return table;
  }

  /** Those of the partitions that are there, as they are there, by their values. */
  async function readBack(
    { database, name }: Table,
    partitions: readonly Partition[],
  ): Promise<ReadonlyMap<string, Partition>> {
    const found = new Map<string, Partition>();
    let left = partitions.map(({ values }) => ({ Values: [...values] }));
    while (left.length > 0) {
      const { Partitions = [], UnprocessedKeys = [] } = await client.send(
        new BatchGetPartitionCommand({ DatabaseName: database, TableName: name, PartitionsToGet: left }),
      );
      for (const partition of Partitions) {
        found.set(keyOf(partition.Values), fromGluePartition(partition, bucket));
      }
      if (UnprocessedKeys.length === left.length) {
        throw new Error(`Glue read none of ${left.length} partitions of ${database}.${name}`);
      }
      left = UnprocessedKeys.map(({ Values = [] }) => ({ Values }));
    }
    return found;
  }

  /** Writes partitions, no two of which have the same values, and tells by their values what came of it. */
  async function writeInBatches(
    table: Table,
    partitions: readonly Partition[],
    write: (batch: PartitionInput[]) => Promise<readonly BatchError[]>,
  ): Promise<ReadonlyMap<string, Written>> {
    const written = new Map<string, Written>();
    for (let start = 0; start < partitions.length; start += MOST_IN_BATCH) {
      const batch = partitions.slice(start, start + MOST_IN_BATCH);
      const inputs = batch.map((partition) => toGluePartition(partition, table, bucket));
      const reasons = new Map(
        (await write(inputs)).map(({ values, detail }) => [
          keyOf(values),
          `${detail?.ErrorCode}: ${detail?.ErrorMessage}`,
        ]),
      );
      const present = await readBack(table, batch);
      for (const { values } of batch) {
        const key = keyOf(values);
        written.set(key, { reason: reasons.get(key), present: present.get(key) });
      }
    }
    return written;
  }

  return {
    async createDatabase(name) {
      assertNames(name);
      const create = client.send(new CreateDatabaseCommand({ DatabaseInput: { Name: name } }));
      await unless([AlreadyExistsException], create);
    },

    async listDatabases() {
      const pages = paginateGetDatabases({ client }, {});
      const databases = await collected(pages, ({ DatabaseList = [] }) => DatabaseList);
      return databases.map(({ Name = '' }) => Name).filter(isName);
    },

    async createTable(table) {
      const { database, name } = table;
      assertNames(database, name);
      const create = new CreateTableCommand({
        DatabaseName: database,
        TableInput: toGlueTable(table, bucket),
      });
      const made = await unless([AlreadyExistsException, EntityNotFoundException], client.send(create));
      const present = await getTable(database, name);
      if (present === undefined) throw new CatalogueEntryMissingError('database', database);
      if (!isSameTable(present, table)) return { kind: 'different', table: present };
      return { kind: made === undefined ? 'unchanged' : 'created', version: present.version };
    },

    getTable,

    async updateTable(table, expectedVersion) {
      const { database, name } = table;
      const before = await findTable(database, name);
      if (before === undefined) return { kind: 'missing' };
      if (before.VersionId !== expectedVersion) {
        return { kind: 'conflict', table: fromGlueTable(before, bucket) };
      }
      const update = new UpdateTableCommand({
        DatabaseName: database,
        TableInput: toGlueTable(table, bucket, before),
        VersionId: expectedVersion,
        // Glue keeps 100,000 versions of a table and fails then; nobody would ever delete them.
        SkipArchive: true,
      });
      await unless([ConcurrentModificationException, EntityNotFoundException], client.send(update));
      const present = await getTable(database, name);
      if (present === undefined) return { kind: 'missing' };
      return isSameTable(present, table)
        ? { kind: 'updated', version: present.version }
        : { kind: 'conflict', table: present };
    },

    async listTables(database) {
      assertNames(database);
      const pages = paginateGetTables({ client }, { DatabaseName: database });
      const tables = await unless(
        [EntityNotFoundException],
        collected(pages, ({ TableList = [] }) => TableList),
      );
      return (tables ?? [])
        .filter((table) => isReadableTable(table, bucket))
        .map((table) => fromGlueTable(table, bucket));
    },

    async addPartitions(database, name, partitions) {
      const table = await tableOf(database, name, partitions);
      const alike = Map.groupBy(partitions, ({ values }) => keyOf(values));
      const first = [...alike.values()].flatMap(([each]) => each ?? []);
      const written = await writeInBatches(table, first, async (PartitionInputList) => {
        const { Errors = [] } = await client.send(
          new BatchCreatePartitionCommand({ DatabaseName: database, TableName: name, PartitionInputList }),
        );
        return Errors.map(({ PartitionValues, ErrorDetail }) => ({
          values: PartitionValues,
          detail: ErrorDetail,
        }));
      });
      const isMade = new Set<string>();
      return partitions.map((partition) => {
        const key = keyOf(partition.values);
        const { reason, present } = written.get(key) ?? {};
        if (present === undefined) return { kind: 'failed', reason: reason ?? GONE };
        if (!isSamePartition(present, partition)) return { kind: 'different', partition: present };
        if (reason !== undefined || isMade.has(key)) return { kind: 'unchanged' };
        isMade.add(key);
        return { kind: 'created' };
      });
    },

    async updatePartitions(database, name, partitions) {
      const table = await tableOf(database, name, partitions);
      const last = new Map(partitions.map((each) => [keyOf(each.values), each]));
      const written = await writeInBatches(table, [...last.values()], async (inputs) => {
        const { Errors = [] } = await client.send(
          new BatchUpdatePartitionCommand({
            DatabaseName: database,
            TableName: name,
            Entries: inputs.map((input) => ({ PartitionValueList: input.Values, PartitionInput: input })),
          }),
        );
        return Errors.map(({ PartitionValueList, ErrorDetail }) => ({
          values: PartitionValueList,
          detail: ErrorDetail,
        }));
      });
      return partitions.map(({ values }) => {
        const key = keyOf(values);
        const { reason, present } = written.get(key) ?? {};
        if (present === undefined) return { kind: 'missing' };
        return isSamePartition(present, last.get(key))
          ? { kind: 'updated' }
          : { kind: 'failed', reason: reason ?? 'somebody else updated it since' };
      });
    },

    async swapPartition(database, name, partition, expected) {
      const table = await tableOf(database, name, [partition]);
      const read = async () => (await readBack(table, [partition])).get(keyOf(partition.values));
      const before = await read();
      if (isSamePartition(before, partition)) return { kind: 'unchanged' };
      if (!isSamePartition(before, expected)) return { kind: 'conflict', partition: before };
      const input = {
        DatabaseName: database,
        TableName: name,
        PartitionInput: toGluePartition(partition, table, bucket),
      };
      const write =
        before === undefined
          ? client.send(new CreatePartitionCommand(input))
          : client.send(new UpdatePartitionCommand({ ...input, PartitionValueList: [...partition.values] }));
      await unless([AlreadyExistsException, ConcurrentModificationException, EntityNotFoundException], write);
      const present = await read();
      return isSamePartition(present, partition)
        ? { kind: 'swapped' }
        : { kind: 'conflict', partition: present };
    },

    async listPartitions(database, name) {
      assertNames(database, name);
      const request = { DatabaseName: database, TableName: name, ExcludeColumnSchema: true };
      const partitions = await unless(
        [EntityNotFoundException],
        collected(paginateGetPartitions({ client }, request), ({ Partitions = [] }) => Partitions),
      );
      return (partitions ?? []).map((partition) => fromGluePartition(partition, bucket));
    },

    async close() {
      client.destroy();
    },
  };
}

/** Of the batch calls that write partitions. */
const MOST_IN_BATCH = 100;
const GONE = 'it was made and is gone';

interface BatchError {
  readonly values: readonly string[] | undefined;
  readonly detail: ErrorDetail | undefined;
}

interface Written {
  readonly reason: string | undefined;
  readonly present: Partition | undefined;
}

function keyOf(values: readonly string[] = []): string {
  return JSON.stringify(values);
}

/** Undefined when it fails with one of these. */
async function unless<Answer>(
  errors: readonly (abstract new (...parameters: never) => Error)[],
  call: Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (errors.some((each) => error instanceof each)) return undefined;
    throw error;
  }
}

async function collected<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...itemsOf(page));
  return items;
}
