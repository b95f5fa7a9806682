import { parseSourceObject, type DataObject } from '../schemas/source-object.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface ListedSource {
  readonly object: DataObject;
  readonly size: number;
}

/** Every data object that becomes rows of an export date, in whatever archive directory its folder lies. */
export async function* sourcesOfDay(
  corporate: ObjectStore,
  exportDate: string,
): AsyncGenerator<ListedSource, void, undefined> {
  const wanted = `${dayBefore(exportDate).replaceAll('-', '/')}/`;
  const waiting = [''];
  for (let prefix = waiting.pop(); prefix !== undefined; prefix = waiting.pop()) {
    if (`/${prefix}`.endsWith(`/${wanted}`)) {
      for await (const { key, size } of corporate.list(prefix)) {
        const object = parseSourceObject(key);
        if (object.kind !== 'other' && object.exportDate === exportDate) yield { object, size };
      }
    } else if (!isDateFolder.test(prefix)) {
      waiting.push(...(await corporate.listFolders(prefix)).toReversed());
    }
  }
}

/** What lies in the folder of another date is not looked through. */
const isDateFolder = /(?:^|\/)\d{4}\/\d{2}\/\d{2}\/$/;

function dayBefore(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}
