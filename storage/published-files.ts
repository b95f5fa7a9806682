import type { ListedObject, ObjectStore } from './store.ts';
import {
  areaPrefix,
  collectionPrefix,
  dayPrefix,
  parsePublishedKey,
  type Area,
  type PublishedFile,
} from '../schemas/layout.ts';
import type { CollectionName } from '../schemas/source-object.ts';

/** Which files of an area; all without it. */
export interface FileFilter {
  readonly collection?: CollectionName;
  /** `YYYY-MM-DD` */
  readonly exportDate?: string;
}

export type ListedFile = PublishedFile & ListedObject;

/**
 * The files of an area, those of one collection and export date together. What others put there is left out.
 */
export async function* publishedFiles(
  published: ObjectStore,
  area: Area,
  filter: FileFilter = {},
): AsyncGenerator<ListedFile, void, undefined> {
  for await (const prefix of prefixesOf(published, area, filter)) {
    for await (const object of published.list(prefix)) {
      const file = parsePublishedKey(object.key);
      if (file !== undefined) yield { ...file, ...object };
    }
  }
}

async function* prefixesOf(
  published: ObjectStore,
  area: Area,
  { collection, exportDate }: FileFilter,
): AsyncGenerator<string, void, undefined> {
  if (collection !== undefined && exportDate !== undefined) {
    yield dayPrefix(area, { ...collection, exportDate });
  } else if (collection !== undefined) {
    yield collectionPrefix(area, collection);
  } else if (exportDate === undefined) {
    yield areaPrefix(area);
  } else {
    // One folder each, instead of every file of every date.
    for (const db of await published.listFolders(areaPrefix(area))) {
      for (const folder of await published.listFolders(db)) yield `${folder}export_date=${exportDate}/`;
    }
  }
}
