import type { Column, TableDefinition } from './catalogue.ts';
import { areaPrefix } from '../schemas/layout.ts';
import { DATABASE } from '../schemas/table-name.ts';

/** Lines of JSON; what they say of collection and export date is said by the partition, too. */
export const QUARANTINE_TABLE: TableDefinition = {
  database: DATABASE,
  name: 'quarantine',
  columns: [
    text('reason'),
    text('detail'),
    text('source_object'),
    { name: 'source_line', type: 'int' },
    text('e_tag'),
    text('version_id'),
    { name: 'generation', type: 'bigint' },
    text('line'),
    text('line_base64'),
  ],
  partitionKeys: [text('collection'), text('export_date')],
  location: areaPrefix('quarantine'),
  format: 'json-lines',
  parameters: {},
};

function text(name: string): Column {
  return { name, type: 'string' };
}
