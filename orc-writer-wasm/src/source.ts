import { open } from 'node:fs/promises';
import { FileFormatException } from './errors.ts';

/** Random access to the bytes of a file; `end` is exclusive. Other stores fit by their ranged reads. */
export interface ByteSource {
  readonly byteLength: number;
  /** The bytes from `start` to before `end`, which are in the file; several may be asked for at once. */
  slice(start: number, end: number): Uint8Array | Promise<Uint8Array>;
}

export interface OpenSource extends ByteSource {
  close(): Promise<void>;
}

/** A path, bytes in memory, or a source of one's own. */
export async function openSource(source: string | Uint8Array | ByteSource): Promise<OpenSource> {
  if (typeof source === 'string') return openFile(source);
  if (source instanceof Uint8Array) {
    const { byteLength } = source;
    return { byteLength, slice: (start, end) => source.subarray(start, end), close: async () => {} };
  }
  return {
    byteLength: source.byteLength,
    slice: (start, end) => source.slice(start, end),
    close: async () => {},
  };
}

async function openFile(path: string): Promise<OpenSource> {
  const file = await open(path);
  const { size } = await file.stat();
  return {
    byteLength: size,
    async slice(start, end) {
      const bytes = Buffer.allocUnsafeSlow(end - start);
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    },
    close: () => file.close(),
  };
}

/** The same source, with the last bytes of it in memory. */
export function withEnd(source: ByteSource, end: Uint8Array): ByteSource {
  const { byteLength } = source;
  const from = byteLength - end.length;
  return {
    byteLength,
    slice: (start, to) => (start >= from ? end.subarray(start - from, to - from) : source.slice(start, to)),
  };
}

/** @throws {FileFormatException} when the range is not in the file */
export async function readRange(source: ByteSource, start: number, end: number): Promise<Uint8Array> {
  if (!(start >= 0 && start <= end && end <= source.byteLength)) {
    throw new FileFormatException('out-of-range', `bytes ${start} to ${end} are not in the file`);
  }
  const bytes = await source.slice(start, end);
  if (bytes.length !== end - start) throw new FileFormatException('truncated', 'the source ended early');
  return bytes;
}
