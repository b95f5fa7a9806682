import { extname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { HelperData } from './chunk-helper.ts';
import { chunkRing, ringMemory, slotBytes, type ChunkRing, type RingShape } from './chunk-ring.ts';
import type { CompressionSettings } from './compression.ts';

/** Helper threads around a ring. */
export interface HelperCrew {
  readonly ring: ChunkRing;
  readonly slots: number;
  /** Gives the crew back; `isIdle` says that no helper has anything in hand. */
  release(isIdle: boolean): void;
}

/** A helper has one block in hand and the next ones before it. */
const SLOTS_A_HELPER = 4;

interface Crew {
  readonly settings: CompressionSettings;
  readonly shape: RingShape;
  readonly memory: SharedArrayBuffer;
  readonly threads: readonly Worker[];
}

/** The last ones come first. */
let idle: Crew[] = [];
const IDLE_THREADS = 8;

/**
 * A crew of at most `most` helpers whose ring has at most `ringBytes`; undefined if that is nobody. Crews are kept for
 * the next writer of their settings, because starting a thread takes some 40 ms.
 */
export function borrowCrew(
  most: number,
  settings: CompressionSettings,
  ringBytes: number,
): HelperCrew | undefined {
  const slots = powerOfTwoUpTo(Math.min(most * SLOTS_A_HELPER, ringBytes / slotBytes(settings.blockSize)));
  const count = Math.min(most, slots);
  if (count === 0) return undefined;
  const kept = idle.find(
    ({ threads, shape, ...crew }) =>
      threads.length === count && shape.slots === slots && isDeepStrictEqual(crew.settings, settings),
  );
  idle = idle.filter((crew) => crew !== kept);
  const crew = kept ?? startCrew(count, slots, settings);
  return {
    ring: chunkRing(crew.memory, crew.shape),
    slots: crew.shape.slots,
    release(isIdle) {
      if (isIdle && crew.threads.every(isRunning)) keep(crew);
      else dismiss(crew);
    },
  };
}

function powerOfTwoUpTo(limit: number): number {
  return limit < 1 ? 0 : 2 ** Math.floor(Math.log2(limit));
}

function startCrew(count: number, slots: number, settings: CompressionSettings): Crew {
  const shape = { slots, blockSize: settings.blockSize };
  const memory = ringMemory(shape);
  const threads = Array.from({ length: count }, () => startThread({ memory, shape, settings }));
  return { settings, shape, memory, threads };
}

function startThread(workerData: HelperData): Worker {
  // The same relative place, and the same language, in src/ and in build/.
  const program = new URL(`./chunk-helper${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(program, { name: 'orc-writer-wasm', workerData, execArgv: [] });
  // It never keeps the process alive, and without it the writer does the work itself.
  worker.unref();
  worker.on('error', (cause) => {
    process.emitWarning(`a helper thread of orc-writer-wasm failed: ${cause.message}`);
  });
  return worker;
}

function keep(crew: Crew): void {
  idle.unshift(crew);
  let threads = 0;
  const tooMany = idle.filter((each) => (threads += each.threads.length) > IDLE_THREADS);
  idle = idle.filter((each) => !tooMany.includes(each));
  for (const each of tooMany) dismiss(each);
}

function dismiss({ threads }: Crew): void {
  for (const thread of threads) void thread.terminate();
}

/** Node's id of a thread that has ended is -1. */
function isRunning(worker: Worker): boolean {
  return worker.threadId !== -1;
}
