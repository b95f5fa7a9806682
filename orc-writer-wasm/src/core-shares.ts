import { createCore, noRoom, type Core } from './core.ts';

/** The instance that all readers of this thread share, as long as there are any. */
let shared: Core | undefined;
let sharers = 0;

/** What each share holds: the sizes of its blocks by their addresses. */
const blocksOf = new WeakMap<Core, Map<number, number>>();

/** Kept for the next reader if it has no more, because fresh memory is slow. */
const IDLE_BYTES = 128 * 2 ** 20;

/**
 * Lends a part of one instance to a reader, who may have `limit` bytes in it. Readers work synchronously, each with
 * blocks of its own, so they don't disturb each other; and with hundreds of files open, an instance for each would be
 * most of what the garbage collector has to look at.
 */
export function shareCore(limit = Infinity): Core {
  const core = (shared ??= createCore());
  sharers++;
  const blocks = new Map<number, number>();
  let held = 0;
  const share: Core = {
    kernels: core.kernels,
    limit,
    get bytes() {
      return core.bytes;
    },
    get int32() {
      return core.int32;
    },
    get int64() {
      return core.int64;
    },
    get float64() {
      return core.float64;
    },
    allocate(size) {
      if (!(held + size <= share.limit)) throw noRoom(size);
      const address = core.allocate(size);
      blocks.set(address, size);
      held += size;
      return address;
    },
    release(address) {
      held -= blocks.get(address) ?? 0;
      blocks.delete(address);
      core.release(address);
    },
    result: (index) => core.result(index),
  };
  blocksOf.set(share, blocks);
  return share;
}

/** Everything allocated in it is gone. */
export function endShare(share: Core): void {
  const blocks = blocksOf.get(share);
  if (blocks === undefined) return;
  blocksOf.delete(share);
  for (const address of blocks.keys()) share.kernels.release(address);
  sharers--;
  if (sharers > 0) return;
  share.kernels.releaseAll();
  if (share.bytes.length > IDLE_BYTES) shared = undefined;
}
