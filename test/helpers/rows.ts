import { emptyCanonicalText, type CanonicalText } from '../../consumer/record/canonical.ts';
import type { Row } from '../../consumer/record/read-record.ts';
import { beginRun, type SourceRun } from '../../consumer/source-run.ts';
import { collectionsOf } from '../../schemas/collection.ts';
import { parseSourceObject, type DataObject } from '../../schemas/source-object.ts';

export const findCollection = collectionsOf([]);
export const toDo = findCollection({ db: 'core', collection: 'toDo' });

/** The key of an original, or of a coalesced object with `_` between its offsets. */
export function sourceKey(offsets: string, topic = 'db.core.toDo', date = '2026/07/02'): string {
  return `corporate storage+#🙂/${date}/core/toDo/${topic}_0_${offsets}.jsonl.gz`;
}

/** @throws when the key is not one of a data object. */
export function dataObject(key: string): DataObject {
  const object = parseSourceObject(key);
  if (object.kind === 'other') throw new Error(`${key}: ${object.why}`);
  return object;
}

export function sourceRun(offsets = '0-9', { eTag = 'e', generation = 0 } = {}): SourceRun {
  return beginRun(dataObject(sourceKey(offsets)), generation, { eTag });
}

export interface RowValues {
  readonly collection?: Row['collection'];
  readonly id: string | Uint8Array;
  readonly idPart?: number;
  readonly isDelete?: boolean;
  readonly lastModifiedMs?: number;
  readonly val?: string;
  readonly fingerprint?: bigint;
}

/** A row as the record reader gives it. */
export function rowOf(values: RowValues): Row {
  const { collection = toDo, id, idPart = 0, isDelete = false, lastModifiedMs = 0, val = '{}' } = values;
  return {
    kind: 'row',
    collection,
    id: canonicalText(typeof id === 'string' ? Buffer.from(id) : id),
    idPart,
    isDelete,
    lastModifiedMs,
    val: canonicalText(Buffer.from(val)),
    fingerprint: new Int32Array(new BigInt64Array([values.fingerprint ?? 0n]).buffer),
    isIdMismatch: false,
  };
}

function canonicalText(bytes: Uint8Array): CanonicalText {
  const text = emptyCanonicalText();
  // The reader's buffers are longer than what is in them.
  text.bytes = Buffer.concat([bytes, Buffer.from('left over')]);
  text.length = bytes.length;
  return text;
}
