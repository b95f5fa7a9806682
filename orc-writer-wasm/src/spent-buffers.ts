/**
 * Memory that is given back at once, in place of waiting for the garbage collector: its buffers are outside of the heap,
 * so they make it run for each 64 MiB, and every new one has pages to be zeroed.
 */
export interface SpentBuffers {
  /** Nobody will read the buffer of these bytes after the batch in hand. */
  add(bytes: Uint8Array): void;
  /** The batch in hand is done with. */
  free(): void;
}

/** Smaller ones cost little, and may lie in a buffer that others have a part of. */
const SMALLEST = 16 * 1024;

export function spentBuffers(): SpentBuffers {
  let spent: Uint8Array[] = [];
  return {
    add(bytes) {
      spent.push(bytes);
    },
    free() {
      for (const bytes of spent) freeOwn(bytes);
      spent = [];
    },
  };
}

/** Gives back the buffer of these bytes, of which nobody else has a part; if that is worth while. */
export function freeOwn({ buffer }: Uint8Array): void {
  const isWorthwhile = buffer.byteLength >= SMALLEST && buffer.byteLength !== Buffer.poolSize;
  if (isWorthwhile && buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
