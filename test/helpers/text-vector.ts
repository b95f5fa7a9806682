import type { StringVector } from 'orc-writer-wasm';

/** Texts one behind the other, as a column has them. */
export function textVector(texts: readonly string[]): StringVector {
  const encoded = texts.map((text) => Buffer.from(text));
  const offsets = new Uint32Array(texts.length + 1);
  encoded.forEach((bytes, i) => {
    offsets[i + 1] = (offsets[i] ?? 0) + bytes.length;
  });
  return { data: Buffer.concat(encoded), offsets };
}
