import { nameKey } from '../schemas/collection.ts';
import { collectionPrefix } from '../schemas/layout.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { DATABASE, tableNames } from '../schemas/table-name.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { publishedFiles } from '../storage/published-files.ts';
import type { ObjectStore } from '../storage/store.ts';
import { CommandFailed } from './ending.ts';

/**
 * The collection with live parts that a person means: by `db:collection`, by its table of changes as the catalogue has
 * it, or by a name that a table of it could have.
 *
 * @throws {CommandFailed} when there is none, or several have such a name and the catalogue knows none of them by it.
 */
export async function findTable(
  name: string,
  published: ObjectStore,
  catalogue: Pick<Catalogue, 'listTables'>,
): Promise<CollectionName> {
  const collections = await liveCollections(published);
  const exact = collections.find((collection) => nameKey(collection) === name);
  if (exact !== undefined) return exact;

  const table = (await catalogue.listTables(DATABASE)).find((one) => one.name === name);
  const catalogued = collections.find((one) => collectionPrefix('live', one) === table?.location);
  if (catalogued !== undefined) return catalogued;

  const possible = collections.filter((one) =>
    [...tableNames(one, '_changes'), ...tableNames(one, '')].includes(name),
  );
  const [first, ...others] = possible;
  if (first !== undefined && others.length === 0) return first;
  throw new CommandFailed(
    first === undefined
      ? `no table or file ${name}: ${knownText(collections)}`
      : `${name} could be ${possible.map(nameKey).join(' or ')}: say which`,
  );
}

async function liveCollections(published: ObjectStore): Promise<CollectionName[]> {
  const collections = new Map<string, CollectionName>();
  for await (const { db, collection } of publishedFiles(published, 'live')) {
    collections.set(nameKey({ db, collection }), { db, collection });
  }
  return [...collections.values()];
}

function knownText(collections: readonly CollectionName[]): string {
  return collections.length === 0
    ? 'there are no tables yet'
    : `there are ${collections.map(nameKey).join(', ')}`;
}
