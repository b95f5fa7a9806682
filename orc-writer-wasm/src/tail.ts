import { decompressor, readChunk, type Decompress } from './compression.ts';
import { FileFormatException } from './errors.ts';
import { MAGIC, readFooter, readPostScript, type Footer, type PostScript } from './metadata.ts';
import { readRange, type ByteSource } from './source.ts';

/** The end of a file: everything but the stripes. */
export interface Tail {
  readonly postScript: PostScript;
  readonly footer: Footer;
  /** Still compressed: few readers want the statistics of stripes. */
  readonly metadata: Uint8Array;
}

/** One read of this size is enough for most tails. */
const FIRST_READ = 16 * 1024;

/** @throws {FileFormatException} when the file does not end as an ORC file does */
export async function readTail(source: ByteSource): Promise<Tail> {
  const { byteLength } = source;
  const end = await readRange(source, Math.max(0, byteLength - FIRST_READ), byteLength);
  const postScriptLength = end.at(-1) ?? 0;
  const postScriptBytes = end.subarray(Math.max(0, end.length - 1 - postScriptLength), -1);
  if (
    postScriptLength < MAGIC.length ||
    Buffer.from(postScriptBytes.subarray(-MAGIC.length)).toString() !== MAGIC
  ) {
    throw new FileFormatException('not-orc', 'the file does not end as an ORC file');
  }
  const postScript = readPostScript(postScriptBytes);
  const { footerLength, metadataLength } = postScript;
  const tailLength = metadataLength + footerLength + postScriptLength + 1;
  if (tailLength > byteLength) throw new FileFormatException('bad-tail', 'the tail is longer than the file');
  const bytes = tailLength <= end.length ? end : await readRange(source, byteLength - tailLength, byteLength);
  const tail = bytes.subarray(bytes.length - tailLength);
  return {
    postScript,
    metadata: tail.subarray(0, metadataLength),
    footer: readFooter(unpack(tail.subarray(metadataLength, metadataLength + footerLength), postScript)),
  };
}

/** The bytes of a compressed message. */
export function unpack(bytes: Uint8Array, { compression, compressionBlockSize }: PostScript): Uint8Array {
  const decompress = decompressor(compression, compressionBlockSize);
  return decompress === undefined
    ? bytes
    : Buffer.concat([...chunks(bytes, decompress, compressionBlockSize)]);
}

function* chunks(bytes: Uint8Array, decompress: Decompress, blockSize: number): Generator<Uint8Array> {
  let at = 0;
  while (at < bytes.length) {
    const { content, next } = readChunk(bytes, at, decompress, blockSize);
    yield content;
    at = next;
  }
}
