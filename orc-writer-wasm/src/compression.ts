import {
  brotliDecompressSync,
  constants,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { CorruptStreamError, SchemaMismatchError } from './errors.ts';
import { keptCodec } from './kept-codec.ts';
import { compressLz, decompressLz } from './lz-codec.ts';
import { freeOwn } from './spent-buffers.ts';

/** In the order of `CompressionKind` in orc_proto.proto. */
export const compressionKinds = ['NONE', 'ZLIB', 'SNAPPY', 'LZO', 'LZ4', 'ZSTD', 'BROTLI'] as const;

/** How the chunks of a file are compressed; `BROTLI` is only read. */
export type CompressionKind = (typeof compressionKinds)[number];

/** Values and dictionaries are worth more effort than lengths, indexes and the like. */
export type StreamPurpose = 'values' | 'structure';

export interface CompressionSettings {
  readonly kind: CompressionKind;
  readonly strategy: 'SPEED' | 'COMPRESSION';
  readonly level: number | undefined;
  readonly blockSize: number;
}

/** The header of a chunk counts 23 bits, and Trino reads no more than 4 MiB. */
export const LARGEST_BLOCK = 4 * 2 ** 20;

/** Compressing costs 10 to 25 µs a call whatever the size, so smaller blocks are stored as they are. */
const SMALLEST_COMPRESSED = 64;

/** Of a chunk. */
export const HEADER_BYTES = 3;

/** Makes one finished chunk, header included, of one block, which may be shared memory. */
export type CompressBlock = (block: Uint8Array, purpose: StreamPurpose) => Uint8Array;

/** Undefined for NONE, which has no chunks. */
export function blockCompressor(settings: CompressionSettings): CompressBlock | undefined {
  const compress = compressor(settings);
  if (compress === undefined) return undefined;
  return (block, purpose) => {
    if (block.length >= SMALLEST_COMPRESSED) {
      const compressed = compress(block, purpose);
      const made = compressed.length < block.length ? chunk(compressed, 0) : undefined;
      freeOwn(compressed);
      if (made !== undefined) return made;
    }
    return chunk(block, 1);
  };
}

function chunk(content: Uint8Array, isOriginal: 0 | 1): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + content.length);
  bytes.writeUIntLE(content.length * 2 + isOriginal, 0, HEADER_BYTES);
  bytes.set(content, HEADER_BYTES);
  return bytes;
}

function compressor({ kind, strategy, level, blockSize }: CompressionSettings): CompressBlock | undefined {
  switch (kind) {
    case 'NONE':
      return undefined;
    case 'ZLIB': {
      // Java's levels: SPEED is 2 for values and 1 for the rest.
      const chunkSize = Math.max(blockSize, 64);
      const values = { level: level ?? (strategy === 'SPEED' ? 2 : 6), chunkSize };
      const structure = {
        level: level ?? (strategy === 'SPEED' ? 1 : 6),
        strategy: constants.Z_FILTERED,
        chunkSize,
      };
      return (block, purpose) => deflateRawSync(block, purpose === 'values' ? values : structure);
    }
    case 'ZSTD': {
      const options = {
        params: { [constants.ZSTD_c_compressionLevel]: level ?? (strategy === 'SPEED' ? 1 : 3) },
      };
      const kept = keptCodec('zstdCompress', options);
      // It makes no block longer than this.
      const mostBytes = blockSize + Math.ceil(blockSize / 128) + 1024;
      return (block) => copyOf(kept(block, mostBytes)) ?? zstdCompressSync(block, options);
    }
    case 'SNAPPY':
    case 'LZO':
    case 'LZ4':
      return (block) => compressLz(kind, block);
    case 'BROTLI':
      throw new SchemaMismatchError('unsupported-compression', `writing ${kind} is not supported`);
  }
}

/** Decompresses the content of one chunk that is not an original. */
export type Decompress = (content: Uint8Array) => Uint8Array;

export function decompressor(kind: CompressionKind, blockSize: number): Decompress | undefined {
  const options = { maxOutputLength: blockSize };
  switch (kind) {
    case 'NONE':
      return undefined;
    case 'ZLIB':
      return (content) =>
        copyOf(keptCodec('inflate')(content, blockSize)) ?? inflateRawSync(content, options);
    case 'ZSTD':
      return (content) =>
        copyOf(keptCodec('zstdDecompress')(content, blockSize)) ?? zstdDecompressSync(content, options);
    case 'BROTLI':
      return (content) => brotliDecompressSync(content, options);
    case 'SNAPPY':
    case 'LZO':
    case 'LZ4':
      return (content) => decompressLz(kind, content, blockSize);
  }
}

function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Bytes of which a part can be had; a part that is asked for lies within `length`. */
export interface ChunkSource {
  readonly length: number;
  read(at: number, length: number): Uint8Array;
}

/**
 * Reads the chunk at `at` of a stream and says where the next one begins.
 *
 * @throws {CorruptStreamError} when the chunk is longer than the stream or the block size, or cannot be decompressed
 */
export function readChunk(
  stream: ChunkSource,
  at: number,
  decompress: Decompress,
  blockSize: number,
): {
  readonly content: Uint8Array;
  readonly next: number;
  /** It is not a part of what was fetched. */
  readonly isOwn: boolean;
} {
  const start = at + HEADER_BYTES;
  if (start > stream.length) throw badChunk('a stream ends inside a chunk header');
  const [low = 0, middle = 0, high = 0] = stream.read(at, HEADER_BYTES);
  const header = low + middle * 2 ** 8 + high * 2 ** 16;
  const length = Math.floor(header / 2);
  const next = start + length;
  if (next > stream.length) throw badChunk('a chunk is longer than its stream');
  if (length > blockSize) throw badChunk('a chunk is longer than the block size');
  const stored = length === 0 ? NOTHING : stream.read(start, length);
  if (header % 2 === 1) return { content: stored, next, isOwn: false };
  try {
    return { content: decompress(stored), next, isOwn: true };
  } catch (cause) {
    throw badChunk('a chunk cannot be decompressed', cause);
  }
}

const NOTHING = new Uint8Array(0);

function badChunk(message: string, cause?: unknown): CorruptStreamError {
  return new CorruptStreamError('bad-chunk', message, {}, { cause });
}
