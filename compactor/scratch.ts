import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ByteSource } from 'orc-writer-wasm';

/** A file for what does not fit into memory. */
export interface ScratchFile extends ByteSource {
  write(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const BLOCK_BYTES = 16;
const CIPHER = 'aes-256-ctr';

/**
 * Begins a file whose content is encrypted with a key that is in memory alone, and whose name is gone at once: nothing
 * of it can be read by others, and nothing is left of it when the process ends, however it ends.
 */
export async function scratchFile(folder: string): Promise<ScratchFile> {
  const path = join(folder, `cdi-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  const key = randomBytes(32);
  const start = randomBytes(BLOCK_BYTES);
  const cipher = createCipheriv(CIPHER, key, start);
  let byteLength = 0;

  return {
    get byteLength() {
      return byteLength;
    },
    async write(chunk) {
      const bytes = cipher.update(chunk);
      byteLength += bytes.length;
      for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
    },
    async slice(from, to) {
      const first = from - (from % BLOCK_BYTES);
      const bytes = Buffer.allocUnsafeSlow(to - first);
      for (let done = 0; done < bytes.length;) {
        const { bytesRead } = await file.read(bytes, done, bytes.length - done, first + done);
        if (bytesRead === 0) throw new Error('a scratch file is shorter than what was written to it');
        done += bytesRead;
      }
      const decipher = createDecipheriv(CIPHER, key, counterAt(start, first / BLOCK_BYTES));
      return decipher.update(bytes).subarray(from - first);
    },
    close: () => file.close(),
  };
}

/** The counter of AES-CTR so many blocks after the first one; like the cipher's own, it begins again after 2^128. */
export function counterAt(start: Buffer, blocks: number): Buffer {
  const counter = (BigInt(`0x${start.toString('hex')}`) + BigInt(blocks)) % 2n ** 128n;
  return Buffer.from(counter.toString(16).padStart(2 * BLOCK_BYTES, '0'), 'hex');
}
