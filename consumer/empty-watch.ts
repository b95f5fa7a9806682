import type { QueueDepth } from './queue.ts';

/** Finds out when a queue holds nothing, visible, in flight or delayed. */
export interface EmptyWatch {
  /** Whether every look since the last one that showed a message says so, for as long as depths may lag. */
  isEmpty(depth: QueueDepth): boolean;
  /** A message was received: looks before it prove nothing. */
  messageSeen(): void;
}

/** @param depthLagMs - of the queue; with 0 one look is enough. */
export function emptyWatch(depthLagMs: number): EmptyWatch {
  let emptySinceMs: number | undefined;
  return {
    isEmpty({ visible, inFlight, delayed }) {
      if (visible + inFlight + delayed !== 0) {
        emptySinceMs = undefined;
        return false;
      }
      const nowMs = performance.now();
      emptySinceMs ??= nowMs;
      return nowMs - emptySinceMs >= depthLagMs;
    },
    messageSeen() {
      emptySinceMs = undefined;
    },
  };
}
