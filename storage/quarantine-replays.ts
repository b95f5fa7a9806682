import { randomUUID } from 'node:crypto';
import { readText } from './read-text.ts';
import type { ObjectStore } from './store.ts';
import { parseJsonObject } from '../schemas/json-object.ts';
import { replaysPrefix, type DayOfCollection } from '../schemas/layout.ts';

/** Source objects that were sent to be read again because of their quarantined lines. */
export interface QuarantineReplay {
  /** Of the rows that they become, and when they were sent, in epoch ms. */
  readonly generation: number;
  readonly objects: readonly string[];
}

/**
 * Says durably that objects were sent. Each replay is a file of its own, so that replays at the same time don't undo
 * each other; they lie beside the quarantine and not in it, where each file is rows of a table.
 */
export async function recordReplay(
  published: ObjectStore,
  day: DayOfCollection,
  { generation, objects }: QuarantineReplay,
): Promise<void> {
  const key = `${replaysPrefix(day)}${generation}-${randomUUID()}.json`;
  await published.put(key, Buffer.from(`${JSON.stringify({ generation, objects })}\n`));
}

/** The generations in which each source object of a collection and export date was replayed. */
export async function readReplays(
  published: ObjectStore,
  day: DayOfCollection,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const replays = new Map<string, number[]>();
  for await (const { key } of published.list(replaysPrefix(day))) {
    const text = await readText(published, key);
    if (text === undefined) continue;
    const { generation, objects } = parseJsonObject(text) ?? {};
    if (typeof generation !== 'number' || !Array.isArray(objects)) {
      throw new Error(`${key} tells of no replay`);
    }
    for (const object of objects) {
      replays.set(String(object), [...(replays.get(String(object)) ?? []), generation]);
    }
  }
  return replays;
}
