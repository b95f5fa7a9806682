import type { CollectionFile } from '../collection.ts';

export default {
  db: 'data',
  collection: 'equality',
  typedTables: [
    {
      database: 'uc_equality',
      table: 'equality_managed',
      columns: { file: 'equality_managed.ddl' },
      isCaseSensitive: false,
    },
  ],
} satisfies CollectionFile;
