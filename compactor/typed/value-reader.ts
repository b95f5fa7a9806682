import type { ColumnVector } from 'orc-writer-wasm';
import { FIRST_OF_NULL, literalEnd } from './json-scan.ts';

/** The values of one column, or of one node inside a column, as they are read: a growing number of slots. */
export interface ValueReader {
  /** Not a getter here, which V8 would look up by name for each value. */
  readonly slots: { readonly size: number };
  /**
   * Reads the value at `at`, which is not null, into the next slot; answers where it ended. If the column cannot hold
   * it, or the text is damaged, no slot is taken and the answer says so (see json-scan.ts).
   */
  read(bytes: Uint8Array, at: number): number;
  pushNull(): void;
  /** Drops the slots from `size` on. */
  truncate(size: number): void;
  /** All slots, in memory that the next reads write over. */
  vector(): ColumnVector;
}

/** Set when something inside a value became null because it did not fit, though the value itself did. */
export interface Notes {
  hasMisfit: boolean;
}

/** Reads the value at `at`, null or not. */
export function readValue(reader: ValueReader, bytes: Uint8Array, at: number): number {
  if (bytes[at] !== FIRST_OF_NULL) return reader.read(bytes, at);
  reader.pushNull();
  return literalEnd(bytes, at);
}
