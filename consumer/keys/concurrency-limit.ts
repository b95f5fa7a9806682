import { abortable } from './abortable.ts';

/**
 * Runs tasks, at most `limit` at a time, in the order of the calls. One that still waits when its signal is aborted
 * never runs.
 */
export function concurrencyLimit(limit: number) {
  let free = limit;
  const waiting: PromiseWithResolvers<void>[] = [];

  async function turn(signal: AbortSignal): Promise<void> {
    if (free > 0) {
      free--;
      return;
    }
    const place = Promise.withResolvers<void>();
    waiting.push(place);
    try {
      await abortable(place.promise, signal);
    } catch (error) {
      const index = waiting.indexOf(place);
      // A turn that came at the same moment goes to the next.
      if (index === -1) leave();
      else waiting.splice(index, 1);
      throw error;
    }
  }

  function leave(): void {
    const next = waiting.shift();
    if (next) next.resolve();
    else free++;
  }

  return async function run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await turn(signal);
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
