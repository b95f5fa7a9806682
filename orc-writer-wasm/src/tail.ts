import { decompressor, readChunk, type Decompress } from './compression.ts';
import { FileFormatException } from './errors.ts';
import { memoryBudget, type MemoryBudget } from './memory-budget.ts';
import {
  DEFAULT_BLOCK_SIZE,
  MAGIC,
  readFooter,
  readPostScript,
  type Footer,
  type PostScript,
} from './metadata.ts';
import { parseSchema } from './schema.ts';
import { readRange, type ByteSource } from './source.ts';

/** The end of a file: everything but the stripes. */
export interface Tail {
  readonly postScript: PostScript;
  readonly footer: Footer;
  /** Still compressed: few readers want the statistics of stripes. */
  readonly metadata: Uint8Array;
  /** What was read of the end of the file; mostly the footer of the last stripe is in it too. */
  readonly end: Uint8Array;
}

/** One read of this size is enough for most tails. */
const FIRST_READ = 16 * 1024;

/**
 * @throws {FileFormatException} when the file does not end as an ORC file does
 * @throws {MemoryLimitError} when the tail takes more than `memoryLimit` bytes
 */
export async function readTail(source: ByteSource, memoryLimit = Infinity): Promise<Tail> {
  const { byteLength } = source;
  if (byteLength === 0) return EMPTY_TAIL;
  const end = await readRange(source, Math.max(0, byteLength - FIRST_READ), byteLength);
  const postScriptLength = end.at(-1) ?? 0;
  const postScriptBytes = end.subarray(Math.max(0, end.length - 1 - postScriptLength), -1);
  if (!endsWithMagic(postScriptBytes) && !(await beginsWithMagic(source))) {
    throw new FileFormatException('not-orc', 'the file does not end as an ORC file');
  }
  const postScript = readPostScript(postScriptBytes);
  const { footerLength, metadataLength } = postScript;
  const tailLength = metadataLength + footerLength + postScriptLength + 1;
  if (tailLength > byteLength) throw new FileFormatException('bad-tail', 'the tail is longer than the file');
  const budget = memoryBudget(memoryLimit, 'the tail');
  budget.spend(tailLength);
  const bytes = tailLength <= end.length ? end : await readRange(source, byteLength - tailLength, byteLength);
  const tail = bytes.subarray(bytes.length - tailLength);
  return {
    postScript,
    end: bytes,
    metadata: tail.subarray(0, metadataLength),
    footer: readFooter(
      unpack(tail.subarray(metadataLength, metadataLength + footerLength), postScript, budget),
      budget,
    ),
  };
}

/** Hive makes files without a byte for empty tables. */
const EMPTY_TAIL: Tail = {
  postScript: {
    fileVersion: '0.12',
    footerLength: 0,
    metadataLength: 0,
    compression: 'NONE',
    compressionBlockSize: DEFAULT_BLOCK_SIZE,
    writerVersion: 0,
  },
  footer: {
    headerLength: 0,
    contentLength: 0,
    stripes: [],
    schema: parseSchema('struct<>'),
    userMetadata: new Map(),
    numberOfRows: 0,
    statistics: [],
    rowIndexStride: 0,
    calendar: 'proleptic',
    isEncrypted: false,
  },
  metadata: new Uint8Array(0),
  end: new Uint8Array(0),
};

function endsWithMagic(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(-MAGIC.length)).toString() === MAGIC;
}

/** The first files, of Hive 0.11, have the magic there alone. */
async function beginsWithMagic(source: ByteSource): Promise<boolean> {
  return source.byteLength > MAGIC.length && endsWithMagic(await readRange(source, 0, MAGIC.length));
}

/**
 * The bytes of a compressed message.
 *
 * @throws {MemoryLimitError} when they are more than the budget
 */
export function unpack(
  bytes: Uint8Array,
  { compression, compressionBlockSize }: PostScript,
  budget?: MemoryBudget,
): Uint8Array {
  const decompress = decompressor(compression, compressionBlockSize);
  if (decompress === undefined) return bytes;
  const parts: Uint8Array[] = [];
  for (const part of chunks(bytes, decompress, compressionBlockSize)) {
    budget?.spend(part.length * 2);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function* chunks(bytes: Uint8Array, decompress: Decompress, blockSize: number): Generator<Uint8Array> {
  const stream = {
    length: bytes.length,
    read: (from: number, length: number) => bytes.subarray(from, from + length),
  };
  let at = 0;
  while (at < bytes.length) {
    const { content, next } = readChunk(stream, at, decompress, blockSize);
    yield content;
    at = next;
  }
}
