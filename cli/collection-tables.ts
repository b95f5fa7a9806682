import { nameKey } from '../schemas/collection.ts';
import { statisticOf, type PartitionedTable } from './read-tables.ts';
import { terminalWidth } from './rows.ts';
import { textTable } from './text-table.ts';

/** A line for each collection: rows of its changes and its newest snapshot, and where its typed tables are. */
export function collectionTables(tables: readonly PartitionedTable[]): string {
  const ofCollections = tables.filter(({ parameters }) => parameters['cdi.content'] !== undefined);
  const collections = Map.groupBy(ofCollections, ({ parameters }) =>
    nameKey({ db: parameters['cdi.db'] ?? '', collection: parameters['cdi.collection'] ?? '' }),
  );
  return textTable(
    ['collection', 'changes', 'newest snapshot', 'typed tables'],
    [...collections].map(([collection, own]) => {
      const withContent = (content: string) =>
        own.filter(({ parameters }) => parameters['cdi.content'] === content);
      const rowsOf = (content: string) =>
        withContent(content).map((table) => statisticOf(table, 'numRows'))[0] ?? null;
      const typed = Map.groupBy(withContent('typed'), ({ database }) => database);
      const typedText = [...typed].map(([database, those]) => `${those.length} in ${database}`).join(', ');
      return [collection, rowsOf('changes'), rowsOf('snapshot'), typedText || null];
    }),
    terminalWidth(),
  );
}
