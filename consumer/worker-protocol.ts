import type { IngestTask } from './ingest.ts';
import type { KeyResolution } from './keys/key-ring.ts';
import type { ObjectOutcome } from './outcome.ts';
import type { WrappedKey } from './record/read-record.ts';
import type { WrittenPart } from './write-batch.ts';
import type { CollectionName } from '../schemas/source-object.ts';

/** What the main thread tells a worker. */
export type ToWorker =
  | { readonly kind: 'ingest'; readonly id: number; readonly task: IngestTask }
  /** Write every open batch, whatever its size and age. */
  | { readonly kind: 'flush' }
  /** Take nothing more; what is not written is given up. */
  | { readonly kind: 'end' }
  | { readonly kind: 'keys'; readonly id: number; readonly resolutions: readonly KeyResolution[] };

/** What a worker tells the main thread. */
export type FromWorker =
  /** It has started, and can take tasks. */
  | { readonly kind: 'ready' }
  /** It holds no more of the object's bytes, only rows. */
  | { readonly kind: 'read'; readonly id: number }
  /** The last word on a task. */
  | { readonly kind: 'settled'; readonly id: number; readonly outcome: ObjectOutcome }
  | { readonly kind: 'key-request'; readonly id: number; readonly keys: readonly WrappedKey[] }
  | ({ readonly kind: 'written'; readonly exportDate: string; readonly part: WrittenPart } & CollectionName)
  /** So many quarantine files are durable. */
  | { readonly kind: 'quarantined'; readonly files: number };
