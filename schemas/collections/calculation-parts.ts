import type { CollectionFile } from '../collection.ts';

export default {
  db: 'calculator',
  collection: 'calculationParts',
  deleteRule: 'document',
  snapshot: 'delete-wins',
  typedTables: [
    'src_calculator_parts',
    'src_childcare_entitlement',
    'src_calculator_calculationparts_housing_calculation',
  ].map((table) => ({ database: 'uc_lab_staging', table, columns: { file: `${table}_ddl` } })),
} satisfies CollectionFile;
