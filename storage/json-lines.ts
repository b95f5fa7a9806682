import type { ObjectStore } from './store.ts';
import { textLines } from './text-lines.ts';
import { parseJsonObject } from '../schemas/json-object.ts';

/**
 * The objects in a file of JSON lines; undefined for a line that is none, such as half a line. Nothing when there is no
 * such file any more.
 */
export async function* jsonLines(
  store: ObjectStore,
  key: string,
): AsyncGenerator<Readonly<Record<string, unknown>> | undefined, void, undefined> {
  const found = await store.get(key);
  if (found.kind !== 'found') return;
  await using body = found.body;
  for await (const line of textLines(body)) yield parseJsonObject(line);
}
