import { hash } from 'node:crypto';
import { join } from 'node:path';
import { areaPrefix } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { bodyOf } from './published.ts';

/** Every file that a folder's pipeline published, outside the area of work, by its key with the digest of its bytes. */
export async function publishedDigests(folder: string): Promise<Record<string, string>> {
  const published = localStore(join(folder, 'published'));
  const found: Record<string, string> = {};
  for await (const { key } of published.list('')) {
    if (!key.startsWith(areaPrefix('work'))) found[key] = hash('sha256', await bodyOf(published, key));
  }
  return found;
}
