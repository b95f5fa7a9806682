import { isDeepStrictEqual } from 'node:util';
import type { Reader } from '../../src/reader.ts';
import { comparable } from './comparable.ts';

/**
 * Reads every row group by its positions alone and compares it with the rows that reading in order gives. Returns how
 * many there were, none if the file has no index.
 *
 * @throws {Error} when one is different
 */
export async function compareRowGroups(reader: Reader): Promise<number> {
  const { rowIndexStride } = reader;
  let compared = 0;
  if (rowIndexStride === 0) return compared;
  for (const [stripe, { numberOfRows }] of reader.stripes.entries()) {
    const groups = Math.ceil(numberOfRows / rowIndexStride);
    if ((await reader.rowIndex(stripe)).some(({ length }) => length !== groups)) continue;
    const inOrder = reader.batches({ stripes: [stripe], batchSize: rowIndexStride, batchBytes: Infinity });
    let group = 0;
    for await (const expected of inOrder) {
      const actual = await reader.readRowGroup(stripe, group);
      if (!isDeepStrictEqual(comparable(actual), comparable(expected))) {
        throw new Error(`row group ${group} of stripe ${stripe} is different`);
      }
      group++;
    }
    compared += group;
  }
  return compared;
}
