import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openReader } from 'orc-writer-wasm';

export interface PublishedRow {
  readonly export_date: string;
  readonly db: string;
  readonly collection: string;
  readonly id: string;
  readonly id_part: string;
  readonly db_type: string;
  readonly last_modified: string;
  readonly val: string;
}

export type FoundRow = PublishedRow & { readonly generation: bigint };

/** Every row of an area; where each date was compacted once, there is one version of it. */
export async function publishedRows(folder: string, area: 'changes' | 'exports'): Promise<FoundRow[]> {
  const place = new RegExp(`/${area}/([^/]+)/([^/]+)/export_date=([^/]+)/.*\\.orc$`);
  const rows: FoundRow[] = [];
  for (const key of await keysOf(folder)) {
    const [, db = '', collection = '', exportDate = ''] = place.exec(key) ?? [];
    if (exportDate === '') continue;
    await using reader = await openReader(await readFile(join(folder, key)));
    for await (const row of reader.rows()) {
      rows.push({ ...(row as unknown as FoundRow), db, collection, export_date: exportDate });
    }
  }
  return rows;
}

export async function keysOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** What of a row does not depend on how it was announced. */
export function comparable(row: PublishedRow): string {
  const { export_date, db, collection, id, id_part, db_type, last_modified, val } = row;
  return JSON.stringify([export_date, db, collection, id, id_part, db_type, instant(last_modified), val]);
}

/** In epoch ms; a time without a zone is UTC. */
function instant(time: string): number {
  const text = time.replace(' ', 'T');
  return Date.parse(/Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
}
