import { byteStream, type ByteStream } from './byte-stream.ts';
import type { Decompress } from './compression.ts';
import type { Core } from './core.ts';
import { integerReader, type RunReader } from './run-reader.ts';
import type { ColumnEncoding, StreamKind } from './metadata.ts';
import type { TypeDescription } from './schema.ts';

/** A column as its stripe describes it. */
export interface ColumnSource {
  readonly core: Core;
  readonly type: TypeDescription;
  readonly encoding: ColumnEncoding;
  /** Undefined when the stripe has no such stream. */
  stream(kind: StreamKind): Uint8Array | undefined;
  /** The column of the type's `index`-th child. */
  child(index: number): ColumnSource;
  readonly decompress: Decompress | undefined;
  readonly blockSize: number;
  readonly writerTimezone: string | undefined;
  /** Strings that the stripe numbers are wanted as numbers. */
  readonly keepsDictionaries: boolean;
}

/** A stream that is missing counts as empty, because some writers leave those out. */
export function streamOf(source: ColumnSource, kind: StreamKind): ByteStream {
  return byteStream(source.stream(kind) ?? new Uint8Array(0), source.decompress, source.blockSize);
}

/** The integers of a stream, in the version that the encoding of the column asks for. */
export function integersOf(source: ColumnSource, kind: StreamKind, signed: boolean): RunReader {
  const version = source.encoding.kind.endsWith('_V2') ? 2 : 1;
  return integerReader(source.core, streamOf(source, kind), { signed, version });
}
