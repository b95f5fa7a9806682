import { dataKeyCipher } from '../../consumer/record/cipher.ts';
import { recordReader, type FindKey, type Outcome } from '../../consumer/record/read-record.ts';
import type { QuarantineReason } from '../../consumer/record/reason.ts';
import { nameKey, type FindCollection } from '../../schemas/collection.ts';
import { loadCollections } from '../../schemas/load-collections.ts';
import { parseSourceObject, type CollectionName } from '../../schemas/source-object.ts';

/** A row as the golden records write it. */
export interface ExpectedRow extends CollectionName {
  readonly id: string;
  readonly id_part: string;
  readonly db_type: 'INSERT' | 'DELETE';
  readonly last_modified: string;
  readonly val: string;
}

/** What became of a line, in values that last. */
export type Read =
  | {
      readonly kind: 'row';
      readonly row: ExpectedRow;
      readonly fingerprint: string;
      readonly isIdMismatch: boolean;
    }
  | {
      readonly kind: 'quarantined';
      readonly reason: QuarantineReason;
      readonly detail: string;
      readonly collection: string;
    }
  | { readonly kind: 'blank' }
  | { readonly kind: 'joined'; readonly second: number }
  | { readonly kind: 'key-needed'; readonly keyId: string; readonly wrappedKey: string };

export interface ReaderOptions {
  readonly findCollection?: FindCollection;
  readonly findKey?: FindKey;
}

const allCollections = await loadCollections();

/** Reads lines of a topic one after another, all with the buffers of one reader, as a worker does. */
export function lineReader({ findCollection = allCollections, findKey = standaloneKey }: ReaderOptions = {}) {
  const readRecord = recordReader(findCollection, findKey);
  return (line: string | Uint8Array, topic = 'db.core.contract'): Read => {
    // Neighbours on both sides, so that reading outside the line shows.
    const [before, after] = [Buffer.from('{"message":{"db":\n'), Buffer.from('\n,"put_time":0}')];
    const bytes = Buffer.concat([before, Buffer.from(line), after]);
    const end = bytes.length - after.length;
    return copyOf(readRecord(bytes, before.length, end, topicCollection(topic)), before.length);
  };
}

/** Strict where the standalone key service is. */
export const standaloneKey: FindKey = ({ wrappedKey }) => {
  const key = Buffer.from(wrappedKey, 'base64').toReversed();
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
    return { kind: 'refused', reason: 'no key of this length' };
  }
  return { kind: 'key', decrypt: dataKeyCipher(key) };
};

/** The part of an outcome that the golden records state. */
export function asExpected(read: Read): ExpectedRow | { readonly quarantine: string } {
  if (read.kind === 'row') return read.row;
  return { quarantine: read.kind === 'quarantined' ? read.reason : read.kind };
}

function copyOf(outcome: Outcome, lineStart: number): Read {
  switch (outcome.kind) {
    case 'row': {
      const { collection, id, idPart, isDelete, lastModifiedMs, val, fingerprint, isIdMismatch } = outcome;
      return {
        kind: 'row',
        row: {
          db: collection.db,
          collection: collection.collection,
          id: text(id),
          id_part: idPart.toString(16).padStart(2, '0'),
          db_type: isDelete ? 'DELETE' : 'INSERT',
          last_modified: new Date(lastModifiedMs).toISOString(),
          val: text(val),
        },
        fingerprint: fingerprint.join(' '),
        isIdMismatch,
      };
    }
    case 'quarantined': {
      const { reason, detail, collection } = outcome;
      return { kind: 'quarantined', reason, detail, collection: nameKey(collection) };
    }
    case 'joined':
      return { kind: 'joined', second: outcome.second - lineStart };
    case 'key-needed':
      return { kind: 'key-needed', ...outcome.key };
    case 'blank':
      return outcome;
  }
}

function text({ bytes, length }: { readonly bytes: Uint8Array; readonly length: number }): string {
  return Buffer.from(bytes.subarray(0, length)).toString();
}

const topics = new Map<string, CollectionName>();

/** One object a topic, as all lines of a source object have: a reader may know it again. */
function topicCollection(topic: string): CollectionName {
  const known = topics.get(topic);
  if (known !== undefined) return known;
  const object = parseSourceObject(`archive/2023/07/02/db/collection/${topic}_0_0-0.jsonl.gz`);
  if (object.kind === 'other') throw new Error(`topic ${topic}: ${object.why}`);
  topics.set(topic, object.topicCollection);
  return object.topicCollection;
}
