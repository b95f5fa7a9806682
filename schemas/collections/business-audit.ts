import type { CollectionFile } from '../collection.ts';

export default {
  db: 'data',
  collection: 'businessAudit',
  deleteRule: 'document',
  transform: 'audit',
} satisfies CollectionFile;
