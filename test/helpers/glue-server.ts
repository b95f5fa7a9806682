import type {
  BatchCreatePartitionCommandInput,
  BatchGetPartitionCommandInput,
  BatchUpdatePartitionCommandInput,
  Column,
  CreateDatabaseCommandInput,
  CreatePartitionCommandInput,
  CreateTableCommandInput,
  GetPartitionsCommandInput,
  GetTableCommandInput,
  GetTablesCommandInput,
  PartitionInput,
  StorageDescriptor,
  TableInput,
  UpdatePartitionCommandInput,
  UpdateTableCommandInput,
} from '@aws-sdk/client-glue';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';

export interface GlueServer {
  readonly url: string;
  /** Operations in the order in which they came, with their inputs. */
  readonly calls: { readonly operation: string; readonly input: unknown }[];
  /** The exception to answer a call with, without doing it. */
  failCall: (operation: string) => string | undefined;
  /** The error code of an entry of a batch, which is not done then. */
  failEntry: (values: readonly string[]) => string | undefined;
  /** Called after a call is done and before it is answered. */
  afterCall: (operation: string) => void;
  /** Of databases, tables and partitions. */
  pageSize: number;
  /** Others are unprocessed. */
  mostKeysPerGet: number;
  stop(): Promise<void>;
}

/**
 * An endpoint that speaks the protocol of Glue (AWS JSON 1.1) and keeps databases, tables and partitions in memory, with
 * Glue's names, versions, limits and errors as its API reference has them.
 */
export async function glueServer(): Promise<GlueServer> {
  const { port, stop } = await listen(createServer((request, response) => void respond(request, response)));
  const databases = new Map<string, Map<string, StoredTable>>();
  const glue: GlueServer = {
    url: `http://127.0.0.1:${port}`,
    calls: [],
    failCall: () => undefined,
    failEntry: () => undefined,
    afterCall: () => {},
    pageSize: 100,
    mostKeysPerGet: 1_000,
    stop,
  };

  function tablesOf(database = ''): Map<string, StoredTable> {
    const tables = databases.get(database.toLowerCase());
    if (tables === undefined)
      throw new GlueFault('EntityNotFoundException', `Database ${database} not found.`);
    return tables;
  }

  function tableOf(database = '', name = ''): StoredTable {
    const table = tablesOf(database).get(name.toLowerCase());
    if (table === undefined) throw new GlueFault('EntityNotFoundException', `Table ${name} not found.`);
    return table;
  }

  function page<Item>(items: readonly Item[], token = '0'): { items: readonly Item[]; NextToken?: string } {
    const end = Number(token) + glue.pageSize;
    return {
      items: items.slice(Number(token), end),
      ...(end < items.length && { NextToken: String(end) }),
    };
  }

  /** Does it for each entry, and returns the errors. */
  function each<Entry>(
    entries: readonly Entry[] = [],
    valuesOf: (entry: Entry) => string[],
    write: (entry: Entry) => void,
  ): { values: string[]; ErrorDetail: { ErrorCode: string; ErrorMessage: string } }[] {
    if (entries.length > 100) throw new GlueFault('ValidationException', 'more than 100 entries');
    return entries.flatMap((entry) => {
      const values = valuesOf(entry);
      try {
        const fault = glue.failEntry(values);
        if (fault !== undefined) throw new GlueFault(fault, 'as the test asks');
        write(entry);
        return [];
      } catch (error) {
        if (!(error instanceof GlueFault)) throw error;
        return [{ values, ErrorDetail: { ErrorCode: error.type, ErrorMessage: error.message } }];
      }
    });
  }

  function createPartition(table: StoredTable, input: PartitionInput = {}): void {
    const key = keyOf(input.Values);
    if (table.partitions.has(key)) throw new GlueFault('AlreadyExistsException', 'Partition already exists.');
    table.partitions.set(key, checkedPartition(table, input));
  }

  function updatePartition(
    table: StoredTable,
    values: string[] | undefined,
    input: PartitionInput = {},
  ): void {
    const key = keyOf(values);
    if (!table.partitions.has(key)) throw new GlueFault('EntityNotFoundException', 'Partition not found.');
    if (key !== keyOf(input.Values)) table.partitions.delete(key);
    table.partitions.set(keyOf(input.Values), checkedPartition(table, input));
  }

  const operations = {
    CreateDatabase({ DatabaseInput }: CreateDatabaseCommandInput) {
      const name = checkedName(DatabaseInput?.Name);
      if (databases.has(name)) throw new GlueFault('AlreadyExistsException', 'Database already exists.');
      databases.set(name, new Map());
      return {};
    },
    GetDatabases({ NextToken }: { NextToken?: string }) {
      const { items, ...next } = page([...databases.keys()], NextToken);
      return { DatabaseList: items.map((Name) => ({ Name })), ...next };
    },
    CreateTable({ DatabaseName, TableInput: input }: CreateTableCommandInput) {
      const tables = tablesOf(DatabaseName);
      const name = checkedName(input?.Name);
      if (tables.has(name)) throw new GlueFault('AlreadyExistsException', 'Table already exists.');
      tables.set(name, { version: 0, input: checkedTable(input), partitions: new Map() });
      return {};
    },
    GetTable({ DatabaseName, Name }: GetTableCommandInput) {
      return { Table: shown(tableOf(DatabaseName, Name), DatabaseName) };
    },
    GetTables({ DatabaseName, NextToken }: GetTablesCommandInput) {
      const { items, ...next } = page([...tablesOf(DatabaseName).values()], NextToken);
      return { TableList: items.map((table) => shown(table, DatabaseName)), ...next };
    },
    UpdateTable({ DatabaseName, TableInput: input, VersionId }: UpdateTableCommandInput) {
      const table = tableOf(DatabaseName, input?.Name);
      if (VersionId !== undefined && VersionId !== String(table.version)) {
        throw new GlueFault(
          'ConcurrentModificationException',
          'Update table failed due to concurrent modifications.',
        );
      }
      table.input = checkedTable(input);
      table.version++;
      return {};
    },
    CreatePartition({ DatabaseName, TableName, PartitionInput: input }: CreatePartitionCommandInput) {
      createPartition(tableOf(DatabaseName, TableName), input);
      return {};
    },
    UpdatePartition(input: UpdatePartitionCommandInput) {
      const table = tableOf(input.DatabaseName, input.TableName);
      updatePartition(table, input.PartitionValueList, input.PartitionInput);
      return {};
    },
    BatchCreatePartition({ DatabaseName, TableName, PartitionInputList }: BatchCreatePartitionCommandInput) {
      const table = tableOf(DatabaseName, TableName);
      const errors = each(
        PartitionInputList,
        ({ Values = [] }) => Values,
        (input) => createPartition(table, input),
      );
      return { Errors: errors.map(({ values, ...rest }) => ({ PartitionValues: values, ...rest })) };
    },
    BatchUpdatePartition({ DatabaseName, TableName, Entries }: BatchUpdatePartitionCommandInput) {
      if (Entries?.length === 0) throw new GlueFault('ValidationException', 'no entries');
      const table = tableOf(DatabaseName, TableName);
      const errors = each(
        Entries,
        ({ PartitionValueList = [] }) => PartitionValueList,
        ({ PartitionValueList, PartitionInput: input }) => updatePartition(table, PartitionValueList, input),
      );
      return { Errors: errors.map(({ values, ...rest }) => ({ PartitionValueList: values, ...rest })) };
    },
    BatchGetPartition({ DatabaseName, TableName, PartitionsToGet = [] }: BatchGetPartitionCommandInput) {
      const { partitions } = tableOf(DatabaseName, TableName);
      if (PartitionsToGet.length > 1_000) throw new GlueFault('ValidationException', 'more than 1000 keys');
      const asked = PartitionsToGet.slice(0, glue.mostKeysPerGet);
      return {
        Partitions: asked.flatMap(({ Values }) => partitions.get(keyOf(Values)) ?? []),
        UnprocessedKeys: PartitionsToGet.slice(glue.mostKeysPerGet),
      };
    },
    GetPartitions({ DatabaseName, TableName, NextToken }: GetPartitionsCommandInput) {
      const { items, ...next } = page([...tableOf(DatabaseName, TableName).partitions.values()], NextToken);
      return { Partitions: items, ...next };
    },
  };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const input: unknown = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const operation = String(request.headers['x-amz-target']).replace(/^AWSGlue\./, '');
    glue.calls.push({ operation, input });
    const handlers = operations as Record<string, (input: never) => unknown>;
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    try {
      const fault = glue.failCall(operation);
      if (fault !== undefined) throw new GlueFault(fault, 'as the test asks');
      const handle = handlers[operation];
      if (handle === undefined) throw new GlueFault('UnknownOperationException', operation);
      const body = JSON.stringify(handle(input as never));
      glue.afterCall(operation);
      response.writeHead(200, headers).end(body);
    } catch (error) {
      const { type, message } =
        error instanceof GlueFault ? error : { type: 'InternalServiceException', message: String(error) };
      const status = type === 'InternalServiceException' ? 500 : 400;
      response.writeHead(status, headers).end(JSON.stringify({ __type: type, Message: message }));
    }
  }
  return glue;
}

interface StoredTable {
  version: number;
  input: TableInput;
  readonly partitions: Map<string, PartitionInput>;
}

class GlueFault extends Error {
  override readonly name = 'GlueFault';
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

function shown({ input, version }: StoredTable, database = '') {
  return { ...input, DatabaseName: database.toLowerCase(), VersionId: String(version) };
}

function keyOf(values: readonly string[] = []): string {
  return JSON.stringify(values);
}

/** Folded to lower case, as Glue does with names of databases and tables. */
function checkedName(name = ''): string {
  within(name.length, 1, 255, 'name');
  return name.toLowerCase();
}

function checkedTable(input: TableInput = { Name: undefined }): TableInput {
  checkStorage(input.StorageDescriptor);
  checkColumns(input.PartitionKeys);
  checkParameters(input.Parameters);
  return { ...input, Name: checkedName(input.Name) };
}

function checkedPartition({ input: table }: StoredTable, input: PartitionInput): PartitionInput {
  const { Values = [] } = input;
  if (Values.length !== table.PartitionKeys?.length) {
    throw new GlueFault(
      'InvalidInputException',
      'The number of partition keys do not match the number of partition values',
    );
  }
  for (const value of Values) within(value.length, 0, 1_024, 'partition value');
  checkStorage(input.StorageDescriptor);
  checkParameters(input.Parameters);
  return input;
}

function checkStorage({ Location = '', Columns }: StorageDescriptor = {}): void {
  if (!/^s3:\/\/[^/]+\//.test(Location)) throw new GlueFault('InvalidInputException', `location ${Location}`);
  within(Location.length, 0, 2_056, 'location');
  checkColumns(Columns);
}

function checkColumns(columns: readonly Column[] = []): void {
  for (const { Name = '', Type = '' } of columns) {
    within(Name.length, 1, 255, 'column name');
    within(Type.length, 0, 131_072, 'column type');
  }
}

function checkParameters(parameters: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(parameters)) {
    within(name.length, 1, 255, 'parameter name');
    within(value.length, 0, 512_000, 'parameter');
  }
}

function within(length: number, least: number, most: number, what: string): void {
  if (length >= least && length <= most) return;
  throw new GlueFault('ValidationException', `a ${what} of ${length} characters, not ${least} to ${most}`);
}
