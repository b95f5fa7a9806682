import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { abortable } from './abortable.ts';
import { concurrencyLimit } from './concurrency-limit.ts';
import type { KeyAnswer, KeyFound, KeyRefused, KeyRequest, KeyService } from './key-service.ts';

/** The data keys of a process: made once, asked for every record. */
export interface KeyRing {
  /**
   * The key, or why there is none. Requests for one key share one call of the service.
   *
   * @throws the signal's reason when it is aborted; others who wait for the same key go on waiting.
   */
  resolve(request: KeyRequest, signal: AbortSignal): Promise<KeyResolution>;
  /** Resolutions in the order of the requests, which may repeat. Throws as `resolve`, after all have ended. */
  resolveAll(requests: readonly KeyRequest[], signal: AbortSignal): Promise<KeyResolution[]>;
  /** Why the service is taken to be out, without contents of records; undefined while it is available. */
  outageReason(): string | undefined;
  /** False during an outage. */
  isAvailable(): boolean;
  /** Resolves at once, or when the outage is over. @throws the signal's reason when it is aborted, or on `close`. */
  waitUntilAvailable(signal: AbortSignal): Promise<void>;
  counts(): KeyCounts;
  /** Ends what is under way, which then throws, and closes the service. */
  close(): void;
}

export type KeyResolution =
  | KeyFound
  /** The record is to blame: `key-refused`. */
  | KeyRefused
  /** The service is: the record is as good as any. */
  | { readonly kind: 'outage'; readonly reason: string };

export interface KeyCounts {
  /** Requests answered by the ring itself, those that joined a call under way included. */
  readonly hits: number;
  /** Requests for which the service was asked. Those turned away during an outage are neither. */
  readonly misses: number;
  /** Of the misses, those that ended refused. */
  readonly refused: number;
  /** Calls beyond the first of a miss; without the probes that tell poison from outage. */
  readonly retries: number;
  /** Outages begun. */
  readonly outages: number;
}

export interface KeyRingOptions {
  readonly maxKeys?: number;
  readonly keyAgeMs?: number;
  /** Short: what is refused today may be mended tomorrow. */
  readonly refusedAgeMs?: number;
  /** Calls of the service at a time. */
  readonly concurrency?: number;
  /** Calls for one key, the first included, before it is asked whether the service is there at all. */
  readonly attempts?: number;
  /** Bound of the first pause, doubled for each one after; the pause is drawn between 0 and its bound. */
  readonly retryMs?: number;
  /** Pause before the first probe of an outage, doubled for each one after up to `maxProbeMs`. */
  readonly probeMs?: number;
  readonly maxProbeMs?: number;
}

/**
 * Caches, shares and repeats the calls of a key service, and tells a key that can't be unwrapped (poison) from a
 * service that can't unwrap (an outage): DKS answers 503 to both.
 *
 * A ring is AVAILABLE or in an OUTAGE.
 *
 * AVAILABLE. An uncached request is put to the service until it is answered with a key or a refusal, or its attempts
 * are used up. Then:
 *   1. Is the service there? It is if it gave another key since the request began, if it gives one now that it gave
 *      before, or, when it never gave any, if it says that it is healthy.  No → OUTAGE.
 *   2. The request is put once more. A key or a refusal → that.
 *   3. Is the service there still? Evidence from before 2 doesn't count.  No → OUTAGE.  Yes → refused, as poison.
 * So nothing is called poison but what failed between two signs of life. An outage that begins or ends while a request
 * is tried shows in one of the two, and costs no good record.
 *
 * OUTAGE. Cached keys resolve. Requests under way, and new ones, end as `outage` without another call. Only a probe
 * runs, with growing pauses; it puts, in turns, a request that was turned away (the one that failed first of all), and
 * a key that was given before or, when there is none, the question of health. Any sign of life → AVAILABLE.
 *
 * The first key of a process may be poison. With a service that can be asked for its health it is refused as any other.
 * Without one there is no evidence, and no evidence means OUTAGE: a pause that a person will notice is better than a
 * good record in quarantine. Other requests that were turned away meanwhile are probed as well, so that the first good
 * one among them ends it, and is the evidence against the poison when that comes again.
 *
 * A service that says it is healthy and yet has never unwrapped anything, such as one with the wrong HSM behind it,
 * refuses everything: this can't be told from poison.
 */
export function keyRing(service: KeyService, options: KeyRingOptions = {}): KeyRing {
  const { maxKeys = 10_000, keyAgeMs = 3_600_000, refusedAgeMs = 60_000, concurrency = 16 } = options;
  const { attempts = 4, retryMs = 200, probeMs = 1_000, maxProbeMs = 30_000 } = options;

  const cache = new LRUCache<string, KeyFound | KeyRefused>({ max: maxKeys, ttl: keyAgeMs });
  const flights = new Map<string, Flight>();
  const limited = concurrencyLimit(concurrency);
  const closing = new AbortController();
  const counts = { hits: 0, misses: 0, refused: 0, retries: 0, outages: 0 };

  /** Some of the requests that the service has answered with a key. */
  const proven = new Map<string, KeyRequest>();
  /** How many keys the service has given: a clock of its signs of life. */
  let keysGiven = 0;
  /** Some of the requests that an outage ended or kept out, the one to probe with first. */
  const turnedAway = new Map<string, KeyRequest>();
  let outage: { readonly reason: string; readonly end: Promise<void> } | undefined;

  function isAvailable(): boolean {
    return outage === undefined;
  }

  async function resolve(request: KeyRequest, signal: AbortSignal): Promise<KeyResolution> {
    signal.throwIfAborted();
    closing.signal.throwIfAborted();
    const id = identity(request);
    const cached = cache.get(id);
    if (cached) {
      counts.hits++;
      return cached;
    }
    const underWay = flights.get(id);
    if (underWay) {
      counts.hits++;
      return board(id, underWay, signal);
    }
    if (outage) return turnAway(request, outage.reason);
    counts.misses++;
    return board(id, takeOff(id, request), signal);
  }

  function takeOff(id: string, request: KeyRequest): Flight {
    const abandoned = new AbortController();
    const flight: Flight = {
      passengers: 0,
      abandoned,
      landing: obtain(request, AbortSignal.any([abandoned.signal, closing.signal])),
    };
    flights.set(id, flight);
    return flight;
  }

  async function board(id: string, flight: Flight, signal: AbortSignal): Promise<KeyResolution> {
    flight.passengers++;
    try {
      return await abortable(flight.landing, signal);
    } finally {
      flight.passengers--;
      if (flight.passengers === 0) {
        flight.abandoned.abort();
        flights.delete(id);
      }
    }
  }

  /** One miss from its first call to its end. */
  async function obtain(request: KeyRequest, signal: AbortSignal): Promise<KeyResolution> {
    const keysBefore = keysGiven;
    let answer = await call(request, 1, signal);
    for (let nth = 2; nth <= attempts && answer.kind === 'unavailable' && isAvailable(); nth++) {
      await sleep(Math.random() * retryMs * 2 ** (nth - 2), undefined, { signal });
      answer = await call(request, nth, signal);
    }
    if (answer.kind === 'unavailable' && isAvailable() && (await isThere(keysBefore, request, signal))) {
      answer = await call(request, attempts + 1, signal);
      if (answer.kind === 'unavailable' && isAvailable() && (await isThere(keysGiven, request, signal))) {
        answer = remember(request, {
          kind: 'refused',
          reason: `poison: ${answer.reason}, yet the service is there`,
        });
      }
    }
    if (answer.kind === 'refused') counts.refused++;
    return answer.kind === 'unavailable' ? declareOutage(request, answer.reason) : answer;
  }

  /** The nth call for a miss. It waits for its turn, and is not made once an outage has been declared. */
  function call(request: KeyRequest, nth: number, signal: AbortSignal): Promise<KeyAnswer> {
    return limited(async () => {
      if (outage) return { kind: 'unavailable', reason: outage.reason };
      if (nth > 1) counts.retries++;
      return ask(request, signal);
    }, signal);
  }

  async function ask(request: KeyRequest, signal: AbortSignal): Promise<KeyAnswer> {
    const answer = await service.decrypt(request, signal);
    if (answer.kind === 'unavailable') return answer;
    if (answer.kind === 'key') {
      keysGiven++;
      keepLatest(proven, request);
    } else {
      proven.delete(identity(request));
    }
    return remember(request, answer);
  }

  function remember<A extends KeyFound | KeyRefused>(request: KeyRequest, answer: A): A {
    cache.set(identity(request), answer, answer.kind === 'refused' ? { ttl: refusedAgeMs } : {});
    return answer;
  }

  /** Step 1 and 3: whether the service has given a key other than this one since `keysBefore`, or gives one now. */
  async function isThere(keysBefore: number, request: KeyRequest, signal: AbortSignal): Promise<boolean> {
    if (keysGiven > keysBefore) return true;
    const known = takeTurn(proven, request);
    return limited(async () => {
      if (known) return (await ask(known, signal)).kind === 'key';
      return (await service.isHealthy?.(signal)) ?? false;
    }, signal);
  }

  function declareOutage(request: KeyRequest, reason: string): KeyResolution {
    if (!outage) {
      counts.outages++;
      const end = untilAlive(closing.signal);
      // Whoever waits is told; when nobody does, closing the ring during an outage is no fault.
      end.catch(() => {});
      outage = { reason, end };
    }
    return turnAway(request, outage.reason);
  }

  function turnAway(request: KeyRequest, reason: string): KeyResolution {
    if (turnedAway.size < maxRemembered) turnedAway.set(identity(request), request);
    return { kind: 'outage', reason };
  }

  async function untilAlive(signal: AbortSignal): Promise<void> {
    for (let bound = probeMs; ; bound = Math.min(bound * 2, maxProbeMs)) {
      await sleep(bound * (0.5 + Math.random() / 2), undefined, { signal });
      if (await isAlive(signal)) break;
    }
    outage = undefined;
    turnedAway.clear();
  }

  async function isAlive(signal: AbortSignal): Promise<boolean> {
    const failed = takeTurn(turnedAway);
    if (failed && (await ask(failed, signal)).kind !== 'unavailable') return true;
    const known = takeTurn(proven, failed);
    if (known) return (await ask(known, signal)).kind !== 'unavailable';
    return (await service.isHealthy?.(signal)) ?? false;
  }

  return {
    resolve,
    async resolveAll(requests, signal) {
      const settled = await Promise.allSettled(requests.map((request) => resolve(request, signal)));
      return settled.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
    },
    isAvailable,
    outageReason: () => outage?.reason,
    async waitUntilAvailable(signal) {
      if (outage) await abortable(outage.end, signal);
    },
    counts: () => ({ ...counts }),
    close() {
      closing.abort();
      service.close();
    },
  };
}

/** One call of the service, retries and verdict included, and all who wait for it. The last to leave ends it. */
interface Flight {
  passengers: number;
  readonly abandoned: AbortController;
  readonly landing: Promise<KeyResolution>;
}

function identity({ keyId, wrappedKey }: KeyRequest): string {
  return `${keyId.length}:${keyId}${wrappedKey}`;
}

// Enough to outlive keys that were good and no longer are.
const maxRemembered = 8;

function keepLatest(requests: Map<string, KeyRequest>, request: KeyRequest): void {
  requests.set(identity(request), request);
  const [oldest] = requests.keys();
  if (requests.size > maxRemembered && oldest !== undefined) requests.delete(oldest);
}

/** The first but for the excepted one; it goes to the end. */
function takeTurn(requests: Map<string, KeyRequest>, except?: KeyRequest): KeyRequest | undefined {
  for (const [id, request] of requests) {
    if (except && id === identity(except)) continue;
    requests.delete(id);
    requests.set(id, request);
    return request;
  }
  return undefined;
}
