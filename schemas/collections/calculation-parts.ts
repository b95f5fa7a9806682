import type { CollectionFile } from '../collection.ts';

export default {
  db: 'calculator',
  collection: 'calculationParts',
  deleteRule: 'document',
} satisfies CollectionFile;
