import { isDebug } from '../settings.ts';
import { endProcess } from './ending.ts';

/** Told to stop, once or twice. */
export interface Stop {
  /** Aborted by the first SIGTERM or SIGINT: finish what is in hand. */
  readonly signal: AbortSignal;
  /** Leaves signals alone again. */
  dispose(): void;
}

/** Listens for signals; the second one ends the process at once. */
export function stopOnSignals(): Stop {
  const controller = new AbortController();
  function onSignal(): void {
    if (controller.signal.aborted) endProcess({ kind: 'abandoned' }, isDebug());
    controller.abort();
  }
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return {
    signal: controller.signal,
    dispose() {
      process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
    },
  };
}
