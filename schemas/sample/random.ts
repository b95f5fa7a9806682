import { createHash } from 'node:crypto';

/** A stream of pseudo-random values that depends on its seed alone, so that sample data can be made again. */
export interface Random {
  /** A whole number from 0 up to, not including, `limit` (at most 2^32). */
  below(limit: number): number;
  /** True in the given share of the calls. */
  chance(probability: number): boolean;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** `count` bytes, a multiple of 4. */
  bytes(count: number): Buffer;
  /** A version 4 UUID in lower case. */
  uuid(): string;
}

/** Equal seeds give equal streams; the generator is xoshiro128**, started from the SHA-256 of the seed. */
export function randomFrom(seed: string): Random {
  const digest = createHash('sha256').update(seed).digest();
  let a = digest.readUInt32LE(0);
  let b = digest.readUInt32LE(4);
  let c = digest.readUInt32LE(8);
  let d = digest.readUInt32LE(12);
  const scratch = Buffer.alloc(16);

  function next(): number {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result;
  }

  function below(limit: number): number {
    return Math.floor((next() / 2 ** 32) * limit);
  }

  return {
    below,
    chance: (probability) => next() < probability * 2 ** 32,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    bytes(count) {
      const bytes = Buffer.allocUnsafe(count);
      for (let offset = 0; offset < count; offset += 4) bytes.writeUInt32LE(next(), offset);
      return bytes;
    },
    uuid() {
      for (let offset = 0; offset < 16; offset += 4) scratch.writeUInt32LE(next(), offset);
      scratch[6] = 0x40 | ((scratch[6] ?? 0) & 0x0f);
      scratch[8] = 0x80 | ((scratch[8] ?? 0) & 0x3f);
      const hex = scratch.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
