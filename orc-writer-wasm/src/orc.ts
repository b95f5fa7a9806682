// What the package exports. `main.js` names the values once more.

export type { BloomFilter } from './bloom-filter.ts';
export type {
  BooleanVector,
  ByteVector,
  ColumnBatch,
  ColumnVector,
  DecimalVector,
  Dictionary,
  DictionaryVector,
  DoubleVector,
  FloatVector,
  IntVector,
  ListVector,
  LongVector,
  MapVector,
  MillisVector,
  StringVector,
  StructVector,
  TimestampVector,
  UnionVector,
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
export { mergeBatches } from './merge-batches.ts';
export { mergeFiles } from './merge-files.ts';
export type { Dedupe, MergeOrder } from './merge-order.ts';
export type { MergeCounts } from './merge-rows.ts';
export { mergeSorted, type MergeOptions, type MergeResult } from './merge-sorted.ts';
export type { RowIndexEntry, StripeInformation } from './metadata.ts';
export { openReader, type Reader, type ReaderOptions, type ReadOptions } from './reader.ts';
export type { FileTraits, RawStripe } from './raw-stripe.ts';
export type { ColumnAppender, RowAppender } from './row-appender.ts';
export type { NestedValue, RowValue } from './row-values.ts';
export { formatSchema, parseSchema, type Category, type TypeDescription } from './schema.ts';
export type { Literal, SearchArgument } from './search-argument.ts';
export type { Sink } from './sink.ts';
export type { SortKey } from './sort-keys.ts';
export type { ByteSource } from './source.ts';
export type {
  BooleanStatistics,
  ColumnStatistics,
  DecimalStatistics,
  Instant,
  IntegerStatistics,
  StringStatistics,
  ValueStatistics,
} from './statistics.ts';
export type { WriterOptions } from './writer-options.ts';
export { createWriter, type FileSummary, type Writer } from './writer.ts';
