// What the package exports. `main.js` names the values once more.

export type {
  ColumnBatch,
  ColumnVector,
  DictionaryVector,
  IntVector,
  LongVector,
  MillisVector,
  StringVector,
  TimestampVector,
} from './columns.ts';
export type { CompressionKind } from './compression.ts';
export {
  CorruptStreamError,
  FileFormatException,
  MemoryLimitError,
  OrcError,
  SchemaMismatchError,
  UnknownFormatException,
  WriterClosedError,
  type ErrorPlace,
} from './errors.ts';
export type { RowIndexEntry, StripeInformation } from './metadata.ts';
export { openReader, type Reader, type ReadOptions } from './reader.ts';
export type { RowValue } from './row-values.ts';
export { formatSchema, parseSchema, type Category, type TypeDescription } from './schema.ts';
export type { Sink } from './sink.ts';
export type { ByteSource } from './source.ts';
export type { ColumnStatistics, Instant, StringStatistics, ValueStatistics } from './statistics.ts';
export type { WriterOptions } from './writer-options.ts';
export { createWriter, type FileSummary, type Writer } from './writer.ts';
