import type { ByteSource } from '../../src/source.ts';

export interface CountingSource extends ByteSource {
  /** What was asked for, in order. */
  readonly requests: { readonly start: number; readonly end: number }[];
  bytesRead(): number;
}

/** Bytes that come later, as from a store, with a record of the requests. */
export function countingSource(bytes: Uint8Array): CountingSource {
  const requests: { start: number; end: number }[] = [];
  return {
    byteLength: bytes.length,
    requests,
    bytesRead: () => requests.reduce((sum, { start, end }) => sum + end - start, 0),
    async slice(start, end) {
      requests.push({ start, end });
      await new Promise(setImmediate);
      return Uint8Array.from(bytes.subarray(start, end));
    },
  };
}
