import type { CollectionFile } from '../collection.ts';

export default {
  db: 'accepted-data',
  collection: 'healthAndDisabilityCircumstances',
  stripLineBreaks: true,
} satisfies CollectionFile;
