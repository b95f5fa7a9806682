import type { CollectionFile } from '../collection.ts';

export default {
  db: 'core',
  collection: 'healthAndDisabilityDeclaration',
  stripLineBreaks: true,
} satisfies CollectionFile;
