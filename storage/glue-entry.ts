import type {
  Column as GlueColumn,
  Partition as GluePartition,
  PartitionInput,
  StorageDescriptor,
  Table as GlueTable,
  TableInput,
} from '@aws-sdk/client-glue';
import { isName } from './catalogue-entry.ts';
import type { Column, Parameters, Partition, Table, TableDefinition, TableFormat } from './catalogue.ts';
import { hiveDescriptor } from './table-format.ts';

/**
 * A table in the form of Glue.
 *
 * @param before - what it replaces, of which stays what people say of a table and its columns
 */
export function toGlueTable(table: TableDefinition, bucket: string, before?: GlueTable): TableInput {
  const { name, columns, partitionKeys, location } = table;
  const { tableType, parameters } = hiveDescriptor(table);
  const { Description, Owner, Retention, StorageDescriptor: descriptor, PartitionKeys = [] } = before ?? {};
  const comments = new Map(
    [...(descriptor?.Columns ?? []), ...PartitionKeys].map(({ Name, Comment }) => [Name, Comment]),
  );
  const commented = ({ name: Name, type: Type }: Column): GlueColumn => ({
    Name,
    Type,
    Comment: comments.get(Name),
  });
  return {
    Name: name,
    Description,
    Owner,
    Retention,
    TableType: tableType,
    PartitionKeys: partitionKeys.map(commented),
    StorageDescriptor: { ...storageOf(table, location, bucket), Columns: columns.map(commented) },
    Parameters: parameters,
  };
}

/** Whether {@link fromGlueTable} can read it; others keep tables here, too. */
export function isReadableTable(table: GlueTable, bucket: string): boolean {
  return isName(table.Name ?? '') && readStorage(table.StorageDescriptor, bucket) !== undefined;
}

/**
 * Without the parameters that only say again what its format is.
 *
 * @throws {Error} when it is no table of ORC or JSON lines in the bucket.
 */
export function fromGlueTable(table: GlueTable, bucket: string): Table {
  const { DatabaseName = '', Name = '', PartitionKeys = [], StorageDescriptor: descriptor } = table;
  const storage = readStorage(descriptor, bucket);
  if (storage === undefined) {
    throw new Error(`${DatabaseName}.${Name} is no table of ORC or JSON lines in the bucket ${bucket}`);
  }
  const ofFormat = hiveDescriptor({ format: storage.format, parameters: {} }).parameters;
  const own = Object.entries(table.Parameters ?? {}).filter(([name, value]) => ofFormat[name] !== value);
  return {
    database: DatabaseName,
    name: Name,
    columns: (descriptor?.Columns ?? []).map(fromGlueColumn),
    partitionKeys: PartitionKeys.map(fromGlueColumn),
    location: storage.location,
    format: storage.format,
    parameters: Object.fromEntries(own),
    version: table.VersionId ?? '',
  };
}

/** Columns and formats are those of the table: engines take a partition by its own. */
export function toGluePartition(
  { values, location, parameters }: Partition,
  table: TableDefinition,
  bucket: string,
): PartitionInput {
  const Columns = table.columns.map(({ name: Name, type: Type }) => ({ Name, Type }));
  return {
    Values: [...values],
    StorageDescriptor: { ...storageOf(table, location, bucket), Columns },
    Parameters: parameters,
  };
}

/** @throws {Error} when it is not in the bucket. */
export function fromGluePartition(partition: GluePartition, bucket: string): Partition {
  const { DatabaseName, TableName, Values = [], StorageDescriptor: descriptor, Parameters = {} } = partition;
  const location = keyIn(bucket, descriptor?.Location);
  if (location === undefined) {
    const which = `${JSON.stringify(Values)} of ${DatabaseName}.${TableName}`;
    throw new Error(`the partition ${which} is not in the bucket ${bucket}`);
  }
  return { values: Values, location, parameters: Parameters };
}

const FORMATS: readonly TableFormat[] = ['orc', 'json-lines'];

function storageOf(
  table: { readonly format: TableFormat; readonly parameters: Parameters },
  key: string,
  bucket: string,
): StorageDescriptor {
  const { inputFormat, outputFormat, serializationLibrary, serdeParameters } = hiveDescriptor(table);
  return {
    Location: `s3://${bucket}/${key}`,
    InputFormat: inputFormat,
    OutputFormat: outputFormat,
    SerdeInfo: { SerializationLibrary: serializationLibrary, Parameters: serdeParameters },
  };
}

function readStorage(
  descriptor: StorageDescriptor | undefined,
  bucket: string,
): { readonly location: string; readonly format: TableFormat } | undefined {
  const location = keyIn(bucket, descriptor?.Location);
  const format = FORMATS.find((each) => {
    const { inputFormat, serializationLibrary } = hiveDescriptor({ format: each, parameters: {} });
    return (
      descriptor?.InputFormat === inputFormat &&
      descriptor.SerdeInfo?.SerializationLibrary === serializationLibrary
    );
  });
  return location === undefined || format === undefined ? undefined : { location, format };
}

function keyIn(bucket: string, address = ''): string | undefined {
  const prefix = `s3://${bucket}/`;
  return address.startsWith(prefix) ? address.slice(prefix.length) : undefined;
}

function fromGlueColumn({ Name = '', Type = '' }: GlueColumn): Column {
  return { name: Name, type: Type };
}
