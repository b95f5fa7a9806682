import { byteStream, type ByteStream } from './byte-stream.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Decompress } from './compression.ts';
import type { Core } from './core.ts';
import type { ErrorPlace } from './errors.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { integerReader, type RunReader } from './run-reader.ts';
import type { ColumnEncoding, StreamKind } from './metadata.ts';
import type { TypeDescription } from './schema.ts';
import type { SpentBuffers } from './spent-buffers.ts';
import type { StreamBytes } from './stripe-bytes.ts';

/** A column as its stripe describes it. */
export interface ColumnSource {
  readonly core: Core;
  readonly type: TypeDescription;
  readonly encoding: ColumnEncoding;
  /** Undefined when the stripe has no such stream. */
  stream(kind: StreamKind): StreamBytes | undefined;
  /** The column of the type's `index`-th child. */
  child(index: number): ColumnSource;
  readonly decompress: Decompress | undefined;
  readonly blockSize: number;
  readonly writerTimezone: string | undefined;
  /** Strings that the stripe numbers are wanted as numbers. */
  readonly keepsDictionaries: boolean;
  readonly place: ErrorPlace;
  /** Everything with a state adds itself. */
  readonly checkpoints: Checkpoint[];
  /** What the batch in hand may still take. */
  readonly budget: MemoryBudget;
  /** Where memory goes that is used up, if batches last only until the next one. */
  readonly spent: SpentBuffers | undefined;
}

/** A stream that is missing counts as empty, because some writers leave those out. */
export function streamOf(source: ColumnSource, kind: StreamKind): ByteStream {
  const { place, decompress, blockSize, checkpoints, spent } = source;
  const bytes = source.stream(kind) ?? { ...EMPTY, place: { ...place, stream: kind } };
  return byteStream(bytes, decompress, blockSize, checkpoints, spent);
}

const EMPTY = { length: 0, read: () => new Uint8Array(0), inMemory: () => 0, release: () => {} };

/** The integers of a stream, in the version that the encoding of the column asks for. */
export function integersOf(source: ColumnSource, kind: StreamKind, signed: boolean): RunReader {
  const version = source.encoding.kind.endsWith('_V2') ? 2 : 1;
  return integerReader(source.core, streamOf(source, kind), { signed, version });
}
