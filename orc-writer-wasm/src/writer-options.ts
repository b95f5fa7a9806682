import { findColumn } from './column-path.ts';
import { compressionKinds, LARGEST_BLOCK, type CompressionKind } from './compression.ts';
import { SchemaMismatchError } from './errors.ts';
import { parseSchema, type TypeDescription } from './schema.ts';

/** Every option but the schema has a default. */
export interface WriterOptions {
  /** A struct, such as `struct<id:string,n:int>`. */
  readonly schema: string | TypeDescription;
  /** Default `ZSTD`. */
  readonly compression?: CompressionKind;
  /** Of zlib (0 to 9) or zstd (1 to 22). Default: what `encodingStrategy` asks for. */
  readonly compressionLevel?: number;
  /** Bytes compressed together, at most 4 MiB. Default 256 KiB, less for very wide tables. */
  readonly compressionBlockSize?: number;
  /**
   * Compressed bytes after which a stripe ends; looked at after each row group, and after 16 MiB of values. A
   * column with a dictionary is compressed at the end only and counts as it is until then, and so does a block that
   * is being filled: stripes may come out smaller. Default 64 MiB.
   */
  readonly stripeSize?: number;
  /** Rows after which a stripe ends. Default: no limit. */
  readonly stripeRowCount?: number;
  /** Rows of a row group; 0 writes no row index. Default 10,000. */
  readonly rowIndexStride?: number;
  /** `SPEED` (default) rounds integer widths up and compresses lightly; `COMPRESSION` does neither. */
  readonly encodingStrategy?: 'SPEED' | 'COMPRESSION';
  /** A stripe's string column has a dictionary if its distinct values are at most this part of all. Default 0.8; 0: never. */
  readonly dictionaryKeySizeThreshold?: number;
  /** Paths of columns that never have a dictionary, nor those inside them; see `childPath`. */
  readonly directEncodingColumns?: readonly string[];
  /** Paths of columns whose row groups get a bloom filter each; they must hold values, not other columns. */
  readonly bloomFilterColumns?: readonly string[];
  /** The part of values that a filter may wrongly let through. Default 0.01. */
  readonly bloomFilterFpp?: number;
  readonly userMetadata?: Readonly<Record<string, string | Uint8Array>>;
  /** `hive-2.0` writes the old writer version that Hive 2.0 to 2.2 can read, without push-down on timestamps. */
  readonly writerIdentity?: 'default' | 'hive-2.0';
  /**
   * ORC cannot store -0.999999999 s to -0.001 s before 1970. `apache` (default) writes such a timestamp as Apache's
   * writers do, so that it is read one second later; `error` refuses it.
   */
  readonly preEpochFraction?: 'apache' | 'error';
  /**
   * Threads that compress, at most 64; the bytes do not depend on it. The caller's thread is one of them, so 2 start
   * one more, which is kept for the next writer. They share 4 blocks a helper, and as many chunks. Default 1.
   */
  readonly workers?: number;
  /**
   * Bytes that the writer keeps at most, 16 MiB or more: stripes end early for it, by an estimate on the safe side. A
   * row of over a twelfth of it is refused. Not in it are a batch and copies of its dictionaries, stripes that the sink
   * has not taken yet, and what Node needs for a helper thread, some 80 MB. Default 1 GiB.
   */
  readonly memoryLimit?: number;
  /** Once aborted, the writer takes nothing more and writes nothing more; it still has to be ended by `abort()`. */
  readonly signal?: AbortSignal;
}

const MOST_WORKERS = 64;

/** The options with their defaults, checked. */
export interface WriterSettings {
  readonly schema: TypeDescription;
  readonly compression: CompressionKind;
  readonly compressionLevel: number | undefined;
  readonly blockSize: number;
  readonly stripeSize: number;
  readonly stripeRowCount: number;
  readonly rowIndexStride: number;
  readonly encodingStrategy: 'SPEED' | 'COMPRESSION';
  readonly dictionaryThreshold: number;
  readonly directColumns: ReadonlySet<number>;
  readonly bloomColumns: ReadonlySet<number>;
  readonly bloomFilterFpp: number;
  readonly userMetadata: ReadonlyMap<string, Uint8Array>;
  readonly writerIdentity: 'default' | 'hive-2.0';
  readonly preEpochFraction: 'apache' | 'error';
  readonly workers: number;
  readonly memoryLimit: number;
}

/** @throws {SchemaMismatchError} when an option is out of range or the schema is not a struct */
export function writerSettings(options: WriterOptions): WriterSettings {
  const schema = typeof options.schema === 'string' ? parseSchema(options.schema) : options.schema;
  if (schema.category !== 'struct') throw badOption('schema', 'must be a struct');
  if (new Set(schema.fieldNames.map((name) => name.toLowerCase())).size < schema.fieldNames.length) {
    throw badOption('schema', 'has two columns whose names differ in case at most');
  }
  const compression = options.compression ?? 'ZSTD';
  if (!compressionKinds.includes(compression)) throw badOption('compression', `is not known: ${compression}`);
  const stripeSize = within('stripeSize', options.stripeSize ?? 64 * 2 ** 20, 1, 2 ** 31 - 1);
  const memoryLimit = within('memoryLimit', options.memoryLimit ?? 2 ** 30, 2 ** 24, Number.MAX_SAFE_INTEGER);
  return {
    schema,
    compression,
    compressionLevel:
      options.compressionLevel === undefined
        ? undefined
        : within('compressionLevel', options.compressionLevel, 0, compression === 'ZLIB' ? 9 : 22),
    blockSize: within(
      'compressionBlockSize',
      options.compressionBlockSize ??
        defaultBlockSize(Math.min(stripeSize, memoryLimit / 4), schema.maximumId),
      1,
      LARGEST_BLOCK,
    ),
    stripeSize,
    stripeRowCount: within('stripeRowCount', options.stripeRowCount ?? 2 ** 31 - 1, 1, 2 ** 31 - 1),
    rowIndexStride: within('rowIndexStride', options.rowIndexStride ?? 10_000, 0, 2 ** 31 - 1),
    encodingStrategy: options.encodingStrategy ?? 'SPEED',
    dictionaryThreshold: options.dictionaryKeySizeThreshold ?? 0.8,
    directColumns: columnIds(schema, options.directEncodingColumns ?? []),
    bloomColumns: bloomColumns(schema, options),
    bloomFilterFpp: options.bloomFilterFpp ?? 0.01,
    userMetadata: new Map(
      Object.entries(options.userMetadata ?? {}).map(([name, value]) => [name, metadataBytes(value)]),
    ),
    writerIdentity: options.writerIdentity ?? 'default',
    preEpochFraction: options.preEpochFraction ?? 'apache',
    workers: within('workers', options.workers ?? 1, 1, MOST_WORKERS),
    memoryLimit,
  };
}

export function metadataBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : Uint8Array.from(value);
}

/** The columns at these paths and all inside them. */
function columnIds(schema: TypeDescription, paths: readonly string[]): ReadonlySet<number> {
  const columns = paths.map((path) => findColumn(schema, path));
  return new Set(
    columns.flatMap(({ id, maximumId }) => Array.from({ length: maximumId - id + 1 }, (_, i) => id + i)),
  );
}

function bloomColumns(
  schema: TypeDescription,
  { bloomFilterColumns = [], bloomFilterFpp = 0.01, rowIndexStride }: WriterOptions,
): ReadonlySet<number> {
  if (!(bloomFilterFpp > 0 && bloomFilterFpp < 1))
    throw badOption('bloomFilterFpp', 'must be between 0 and 1');
  if (rowIndexStride === 0) return new Set();
  const columns = bloomFilterColumns.map((path) => findColumn(schema, path));
  const unfit = columns.find(({ category, children }) => category === 'boolean' || children.length > 0);
  if (unfit !== undefined) throw badOption('bloomFilterColumns', `names a column of ${unfit.category}`);
  return new Set(columns.map(({ id }) => id));
}

/** As Java does it: wide tables get smaller blocks, so that those being filled are small beside the stripe. */
function defaultBlockSize(stripeSize: number, columns: number): number {
  const share = stripeSize / (20 * Math.max(1, columns));
  return Math.min(256 * 1024, Math.max(4096, 2 ** Math.ceil(Math.log2(share))));
}

function within(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw badOption(name, `must be an integer from ${least} to ${most}, not ${value}`);
}

function badOption(name: string, fault: string): SchemaMismatchError {
  return new SchemaMismatchError('bad-option', `option ${name} ${fault}`);
}
