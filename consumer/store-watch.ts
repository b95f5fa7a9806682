import { setTimeout as sleep } from 'node:timers/promises';
import { SetupError } from '../storage/aws-setup.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { Service } from './outage.ts';

/** Tells a fault of one object from an outage of the stores. */
export interface StoreWatch extends Service {
  /** Whether a store is out, for whoever a store failed with an object. */
  isOut(): Promise<boolean>;
}

export interface StoreWatchOptions {
  /** Pause before a store that is out is asked again, doubled each time up to `maxProbeMs`. */
  readonly probeMs?: number;
  readonly maxProbeMs?: number;
}

/**
 * A store is out when it does not even list its folders. One that refuses to is not: a pause would mend no permission,
 * and an object is no less to blame for its fault.
 */
export function storeWatch(stores: readonly ObjectStore[], options: StoreWatchOptions = {}): StoreWatch {
  const { probeMs = 1_000, maxProbeMs = 30_000 } = options;
  let reason: string | undefined;
  let probing: Promise<void> | undefined;

  /** Whoever asks meanwhile shares the answer. */
  function probe(): Promise<void> {
    probing ??= faultOf(stores)
      .then((fault) => {
        reason = fault;
      })
      .finally(() => (probing = undefined));
    return probing;
  }

  return {
    isAvailable: () => reason === undefined,
    outageReason: () => reason,
    async isOut() {
      if (reason === undefined) await probe();
      return reason !== undefined;
    },
    async waitUntilAvailable(signal) {
      for (let pauseMs = probeMs; reason !== undefined; pauseMs = Math.min(2 * pauseMs, maxProbeMs)) {
        await sleep(pauseMs, undefined, { signal });
        await probe();
      }
    },
  };
}

async function faultOf(stores: readonly ObjectStore[]): Promise<string | undefined> {
  try {
    await Promise.all(stores.map((store) => store.listFolders('')));
    return undefined;
  } catch (error) {
    if (error instanceof SetupError) return undefined;
    return error instanceof Error ? error.message : 'it does not list its folders';
  }
}
