import type { CollectionFile } from '../collection.ts';

export default {
  db: 'penalties-and-deductions',
  collection: 'sanction',
  stripLineBreaks: true,
} satisfies CollectionFile;
