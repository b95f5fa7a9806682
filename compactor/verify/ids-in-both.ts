import { openReader } from 'orc-writer-wasm';
import { COLUMN, stringsIn, type Strings } from '../part-columns.ts';
import { partSource } from '../../storage/live-parts.ts';
import type { ListedObject, ObjectStore } from '../../storage/store.ts';

/** How many ids are in files of both lists, each of which is sorted by id_part and id. */
export async function idsInBoth(
  published: ObjectStore,
  files: readonly ListedObject[],
  others: readonly ListedObject[],
): Promise<number> {
  const [left, right] = [idsOf(published, files), idsOf(published, others)];
  let count = 0;
  let [a, b] = [await left.next(), await right.next()];
  while (a.done !== true && b.done !== true) {
    const order = Buffer.compare(a.value, b.value);
    if (order === 0) count += 1;
    if (order <= 0) a = await left.next();
    if (order >= 0) b = await right.next();
  }
  await Promise.all([left.return(), right.return()]);
  return count;
}

/** Of each row the id behind its id_part. */
async function* idsOf(
  published: ObjectStore,
  files: readonly ListedObject[],
): AsyncGenerator<Buffer, void, undefined> {
  for (const file of files) {
    await using reader = await openReader(partSource(published, file));
    for await (const batch of reader.batches({ include: ['id', 'id_part'], windowBytes: 2 ** 21 })) {
      const [ids, idParts] = [stringsIn(batch, COLUMN.id), stringsIn(batch, COLUMN.idPart)];
      for (let row = 0; row < batch.size; row++)
        yield Buffer.concat([textAt(idParts, row), textAt(ids, row)]);
    }
  }
}

function textAt({ data, offsets }: Strings, row: number): Uint8Array {
  return data.subarray(offsets[row], offsets[row + 1]);
}
