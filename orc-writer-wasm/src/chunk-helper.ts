// The program of a helper thread.

import { workerData } from 'node:worker_threads';
import { chunkRing, type RingShape } from './chunk-ring.ts';
import { blockCompressor, type CompressionSettings } from './compression.ts';

/** What a helper is started with. */
export interface HelperData {
  readonly memory: SharedArrayBuffer;
  readonly shape: RingShape;
  readonly settings: CompressionSettings;
}

const { memory, shape, settings }: HelperData = workerData;
const ring = chunkRing(memory, shape);
const compress = blockCompressor(settings);
for (;;) {
  const slot = ring.awaitJob();
  ring.deliver(slot, attempt(slot));
}

function attempt(slot: number): Uint8Array | undefined {
  const { block, purpose } = ring.job(slot);
  try {
    return compress?.(block, purpose);
  } catch {
    return undefined;
  }
}
