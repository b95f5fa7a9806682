import type { CollectionFile } from '../collection.ts';

const daily = { isCaseSensitive: false, partitionKey: 'date_str' } as const;
const managed = 'uc_dw_auditlog.auditlog_managed';

export default {
  db: 'data',
  collection: 'businessAudit',
  deleteRule: 'document',
  transform: 'audit',
  snapshot: 'none',
  typedTables: [
    {
      ...daily,
      database: 'uc_dw_auditlog',
      table: 'auditlog_raw',
      columns: 'val STRING',
      paths: { val: '$' },
    },
    {
      ...daily,
      database: 'uc_dw_auditlog',
      table: 'auditlog_managed',
      columns: { file: 'auditlog_managed.ddl' },
    },
    // Redaction is by what is left out, so these are files of their own.
    {
      ...daily,
      database: 'uc',
      table: 'auditlog_sec_v',
      columns: { file: 'auditlog_sec_v.ddl' },
      viewOf: managed,
    },
    {
      ...daily,
      database: 'uc',
      table: 'auditlog_red_v',
      columns: { file: 'auditlog_red_v.ddl' },
      viewOf: managed,
    },
  ],
} satisfies CollectionFile;
