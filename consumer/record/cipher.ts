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
  return (bytes, length, iv) => {
    for (let from = 0; from < length; from += BATCH_BLOCKS * BLOCK) {
      const size = Math.min(length - from, BATCH_BLOCKS * BLOCK);
      const blocks = Math.ceil(size / BLOCK);
      fillCounters(iv, from / BLOCK, blocks);
      xor(bytes, from, size, ecb.update(counters.subarray(0, blocks * BLOCK)));
    }
  };
}

// Counter blocks on their way into a cipher, those of one call at a time.
let counters = new Uint8Array(64 * BLOCK);
let counterWords = new DataView(counters.buffer);

/** Makes the counter blocks from the IV plus `first` on. */
function fillCounters(iv: Uint8Array, first: number, blocks: number): void {
  if (counters.length < blocks * BLOCK) {
    counters = new Uint8Array(Math.min(BATCH_BLOCKS, blocks * 2) * BLOCK);
    counterWords = new DataView(counters.buffer);
  }
  let lowest = word(iv, 12) + first;
  let carry = lowest > MAXIMUM_WORD ? 1 : 0;
  let third = word(iv, 8) + carry;
  carry = third > MAXIMUM_WORD ? 1 : 0;
  let second = word(iv, 4) + carry;
  carry = second > MAXIMUM_WORD ? 1 : 0;
  let highest = word(iv, 0) + carry;
  for (let at = 0; at < blocks * BLOCK; at += BLOCK) {
    // Words wrap by themselves when they are stored.
    counterWords.setUint32(at, highest);
    counterWords.setUint32(at + 4, second);
    counterWords.setUint32(at + 8, third);
    counterWords.setUint32(at + 12, lowest);
    lowest = (lowest + 1) >>> 0;
    if (lowest !== 0) continue;
    third = (third + 1) >>> 0;
    if (third !== 0) continue;
    second = (second + 1) >>> 0;
    if (second === 0) highest = (highest + 1) >>> 0;
  }
}

/** Four bytes, big-endian. */
function word(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  return high * 0x10000 + ((bytes[at + 2] as number) << 8) + (bytes[at + 3] as number);
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

const MAXIMUM_WORD = 0xffffffff;
