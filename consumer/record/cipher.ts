import { createCipheriv } from 'node:crypto';

/** Decrypts the first `length` bytes of `bytes` in place; `bytes` begins its ArrayBuffer. */
export type Decrypt = (bytes: Uint8Array, length: number, iv: Uint8Array) => void;

export const IV_LENGTH = 16;

const BLOCK = 16;
/** Blocks of key stream made at a time: 64 KiB, so that memory does not follow the document's size. */
const BATCH_BLOCKS = 4_096;

/**
 * AES-CTR with a 128-bit big-endian counter that wraps, for one data key of 16, 24 or 32 bytes.
 *
 * Setting up a cipher costs many times what decrypting a kilobyte does, and an AES-CTR object serves one IV only.
 * So one AES-ECB object a key encrypts the counter blocks, which is what CTR is (NIST SP 800-38A, 6.5), and the
 * result is XORed here.
 */
export function dataKeyCipher(key: Uint8Array): Decrypt {
  const ecb = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  let counters = new Uint8Array(64 * BLOCK);
  let words = new DataView(counters.buffer);

  return (bytes, length, iv) => {
    const start = new DataView(iv.buffer, iv.byteOffset, IV_LENGTH);
    const counter: [number, number, number, number] = [
      start.getUint32(0),
      start.getUint32(4),
      start.getUint32(8),
      start.getUint32(12),
    ];
    for (let from = 0; from < length; from += BATCH_BLOCKS * BLOCK) {
      const size = Math.min(length - from, BATCH_BLOCKS * BLOCK);
      const blocks = Math.ceil(size / BLOCK);
      if (counters.length < blocks * BLOCK) {
        counters = new Uint8Array(Math.min(BATCH_BLOCKS, blocks * 2) * BLOCK);
        words = new DataView(counters.buffer);
      }
      fillCounters(words, blocks, counter);
      xor(bytes, from, size, ecb.update(counters.subarray(0, blocks * BLOCK)));
    }
  };
}

function fillCounters(words: DataView, blocks: number, counter: [number, number, number, number]): void {
  for (let at = 0; at < blocks * BLOCK; at += BLOCK) {
    words.setUint32(at, counter[0]);
    words.setUint32(at + 4, counter[1]);
    words.setUint32(at + 8, counter[2]);
    words.setUint32(at + 12, counter[3]);
    for (let word = 3; word >= 0; word--) {
      const next = (counter[word as 0 | 1 | 2 | 3] + 1) >>> 0;
      counter[word as 0 | 1 | 2 | 3] = next;
      if (next !== 0) break;
    }
  }
}

function xor(bytes: Uint8Array, from: number, size: number, keyStream: Uint8Array): void {
  let at = 0;
  if (keyStream.byteOffset % 4 === 0) {
    const words = size >> 2;
    const target = new Int32Array(bytes.buffer, bytes.byteOffset + from, words);
    const source = new Int32Array(keyStream.buffer, keyStream.byteOffset, words);
    for (let index = 0; index < words; index++) {
      target[index] = (target[index] as number) ^ (source[index] as number);
    }
    at = words * 4;
  }
  for (; at < size; at++) bytes[from + at] = (bytes[from + at] as number) ^ (keyStream[at] as number);
}
