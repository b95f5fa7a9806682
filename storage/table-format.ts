import type { Parameters, TableDefinition, TableFormat } from './catalogue.ts';

/** How Hive, and with it Glue, Athena, Spark and Trino, describe the files of a table: names of Java classes, mostly. */
export interface HiveDescriptor {
  /** Of the table. Athena fails without it. */
  readonly tableType: 'EXTERNAL_TABLE';
  readonly inputFormat: string;
  readonly outputFormat: string;
  readonly serializationLibrary: string;
  readonly serdeParameters: Parameters;
  /** Of the table. */
  readonly parameters: Parameters;
}

/** The descriptor of a table; its partitions have the same formats. The table's own parameters come before these. */
export function hiveDescriptor({
  format,
  parameters,
}: Pick<TableDefinition, 'format' | 'parameters'>): HiveDescriptor {
  const descriptor = DESCRIPTORS[format];
  return { ...descriptor, parameters: { ...descriptor.parameters, ...parameters } };
}

const DESCRIPTORS: Readonly<Record<TableFormat, HiveDescriptor>> = {
  orc: {
    tableType: 'EXTERNAL_TABLE',
    inputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat',
    serializationLibrary: 'org.apache.hadoop.hive.ql.io.orc.OrcSerde',
    serdeParameters: {
      'serialization.format': '1',
      // Athena takes the columns of ORC by position unless told otherwise (R-ORCNAMES).
      'orc.column.index.access': 'false',
    },
    parameters: {
      // Hive tells an external table by this, whose files it leaves alone when the table is dropped.
      EXTERNAL: 'TRUE',
      classification: 'orc',
    },
  },
  'json-lines': {
    tableType: 'EXTERNAL_TABLE',
    inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
    // Without ignore.malformed.json: a broken line is to fail the query, not to become a row of nulls.
    serdeParameters: { 'serialization.format': '1' },
    parameters: { EXTERNAL: 'TRUE', classification: 'json' },
  },
};
