import type { Log } from './log.ts';

/** What a consumer cannot do without, and waits for. */
export interface Service {
  /** False during an outage. */
  isAvailable(): boolean;
  /** Without contents of records; undefined while it is available. */
  outageReason(): string | undefined;
  /** Resolves at once, or when the outage is over. @throws the signal's reason when it is aborted. */
  waitUntilAvailable(signal: AbortSignal): Promise<void>;
}

export interface OutageOptions {
  /** Ends all waiting. */
  readonly signal: AbortSignal;
  /** Called when a wait begins, with what is waited for, and with undefined when it is over. */
  readonly onPause: ((pause: { readonly reason: string } | undefined) => void) | undefined;
  /** Messages. */
  readonly held: () => number;
  readonly log: Log;
}

export interface Outage {
  isOver(): boolean;
  /** Resolves when all services are available, or the consumer is to stop. */
  untilOver(): Promise<void>;
}

export type Services = Readonly<Record<'KeyService' | 'Store', Service>>;

/** The outages of several services as one; it is over when none is out. */
export function outageOf(services: Services, options: OutageOptions): Outage {
  const { signal, onPause, held, log } = options;
  let waiting: Promise<void> | undefined;

  function firstOut(): keyof Services | undefined {
    return NAMES.find((name) => !services[name].isAvailable());
  }

  async function waitForAll(): Promise<void> {
    for (let name = firstOut(); name !== undefined && !signal.aborted; name = firstOut()) await waitFor(name);
  }

  async function waitFor(name: keyof Services): Promise<void> {
    const service = services[name];
    const { what, out, back } = WORDS[name];
    const reason = service.outageReason() ?? '';
    log(out, { held: held(), reason });
    onPause?.({ reason: `${what} out: ${reason}` });
    try {
      await service.waitUntilAvailable(signal);
      log(back);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      onPause?.(undefined);
    }
  }

  return {
    isOver: () => firstOut() === undefined,
    untilOver() {
      if (firstOut() === undefined) return Promise.resolve();
      waiting ??= waitForAll().finally(() => (waiting = undefined));
      return waiting;
    },
  };
}

const NAMES = ['KeyService', 'Store'] as const;
const WORDS = {
  KeyService: { what: 'key service', out: 'KeyService:Out', back: 'KeyService:Back' },
  Store: { what: 'store', out: 'Store:Out', back: 'Store:Back' },
} as const;
