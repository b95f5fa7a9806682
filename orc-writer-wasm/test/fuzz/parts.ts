// A file taken apart, so that it can be put together again with right lengths around something wrong.

import { decompressor } from '../../src/compression.ts';
import { readStripeFooter, type StreamKind } from '../../src/metadata.ts';
import { readTail, unpack } from '../../src/tail.ts';
import { parseWire, withNumbers, writeWire } from './wire.ts';

export interface FileParts {
  readonly stripes: readonly StripeParts[];
  readonly footer: Uint8Array;
  readonly metadata: Uint8Array;
  readonly postScript: Uint8Array;
  /** 0 without compression. */
  readonly blockSize: number;
}

export interface StripeParts {
  /** Decompressed. */
  readonly streams: readonly { readonly kind: StreamKind | 'unknown'; readonly content: Uint8Array }[];
  readonly footer: Uint8Array;
}

/** @throws {OrcError} when a part cannot be read */
export async function takeApart(file: Uint8Array): Promise<FileParts> {
  const source = {
    byteLength: file.length,
    slice: (start: number, end: number) => file.subarray(start, end),
  };
  const { footer, metadata, postScript } = await readTail(source);
  const postScriptLength = file.at(-1) ?? 0;
  const postScriptStart = file.length - 1 - postScriptLength;
  const footerStart = postScriptStart - postScript.footerLength;
  return {
    stripes: footer.stripes.map(({ offset, indexLength, dataLength, footerLength }) => {
      const end = offset + indexLength + dataLength;
      const message = unpack(file.subarray(end, end + footerLength), postScript);
      let at = offset;
      const streams = readStripeFooter(message).streams.map(({ kind, length }) => {
        const content = unpack(file.subarray(at, at + length), postScript);
        at += length;
        return { kind, content };
      });
      return { streams, footer: message };
    }),
    footer: unpack(file.subarray(footerStart, postScriptStart), postScript),
    metadata: unpack(metadata, postScript),
    postScript: file.subarray(postScriptStart, -1),
    blockSize: decompressor(postScript.compression, 1) === undefined ? 0 : postScript.compressionBlockSize,
  };
}

/** What is done to a part when the lengths in it are right. */
export interface Changes {
  stripeFooter(bytes: Buffer, stripe: number): Buffer;
  footer(bytes: Buffer): Buffer;
  metadata(bytes: Buffer): Buffer;
  postScript(bytes: Buffer): Buffer;
}

/** Chunks are originals. */
export function putTogether(
  { stripes, footer, metadata, postScript, blockSize }: FileParts,
  changes: Changes,
): Buffer {
  const pieces: Buffer[] = [Buffer.from('ORC')];
  let offset = 3;
  const stripeNumbers = stripes.map(({ streams, footer: message }, number) => {
    const packed = streams.map(({ content }) => pack(content));
    const isIndex = streams.map(({ kind }) => kind === 'ROW_INDEX' || kind.startsWith('BLOOM_FILTER'));
    const dataStart = Math.max(0, isIndex.indexOf(false));
    const indexLength = total(packed.slice(0, dataStart));
    const dataLength = total(packed) - indexLength;
    const withLengths = changeFields(message, 1, (field, i) =>
      withNumbers(field, new Map([[3, packed[i]?.length ?? 0]])),
    );
    const stripeFooter = pack(changes.stripeFooter(withLengths, number));
    pieces.push(...packed, stripeFooter);
    const numbers = new Map([
      [1, offset],
      [2, indexLength],
      [3, dataLength],
      [4, stripeFooter.length],
    ]);
    offset += indexLength + dataLength + stripeFooter.length;
    return numbers;
  });
  const metadataBytes = pack(changes.metadata(Buffer.from(metadata)));
  const footerBytes = pack(
    changes.footer(changeFields(footer, 3, (field, i) => withNumbers(field, stripeNumbers[i] ?? new Map()))),
  );
  const ending = changes
    .postScript(
      withNumbers(
        postScript,
        new Map([
          [1, footerBytes.length],
          [5, metadataBytes.length],
        ]),
      ),
    )
    .subarray(0, 255);
  pieces.push(metadataBytes, footerBytes, ending, Buffer.of(ending.length));
  return Buffer.concat(pieces);

  function pack(content: Uint8Array): Buffer {
    if (blockSize === 0) return Buffer.from(content);
    const chunks: Buffer[] = [];
    for (let at = 0; at < content.length; at += blockSize) {
      const chunk = content.subarray(at, at + blockSize);
      const header = Buffer.alloc(3);
      header.writeUIntLE(chunk.length * 2 + 1, 0, 3);
      chunks.push(header, Buffer.from(chunk));
    }
    return Buffer.concat(chunks);
  }
}

function total(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

/** Changes the messages that are fields of this number, one after the other. */
function changeFields(
  message: Uint8Array,
  number: number,
  change: (field: Buffer, index: number) => Buffer,
): Buffer {
  let index = 0;
  return writeWire(
    (parseWire(message) ?? []).map((field) =>
      field.number === number && typeof field.value !== 'bigint'
        ? { ...field, value: change(field.value, index++) }
        : field,
    ),
  );
}
