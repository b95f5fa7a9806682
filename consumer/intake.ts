import { EventEmitter, once } from 'node:events';

/** Lets objects in one after another, as long as their bytes and the workers allow it. */
export interface Intake {
  /** Resolves when the object may be read; false when the intake was closed before. Every `true` needs a `leave`. */
  enter(bytes: number): Promise<boolean>;
  leave(bytes: number): void;
  /** Resolves when few objects wait, so that more may be received. */
  hasRoom(signal: AbortSignal): Promise<void>;
  /** Turns away all who wait. */
  close(): void;
}

/** Objects that may wait: enough to keep the workers busy while the next messages are received. */
const WAITING = 20;

/**
 * A byte budget (R-BYTES): a thousand tiny objects may be in work, or a few large ones; one object alone may be
 * larger than the budget, since it is streamed.
 */
export function intake(budgetBytes: number, isWorkerFree: () => boolean): Intake {
  const waiting: { readonly bytes: number; readonly answer: (isIn: boolean) => void }[] = [];
  const moved = new EventEmitter().setMaxListeners(0);
  let inWork = 0;
  let isClosed = false;

  /** One at a time: whoever is let in has to reach a worker before the next is asked about. */
  function admit(): void {
    const next = waiting[0];
    if (next === undefined || !isWorkerFree()) return;
    if (inWork > 0 && inWork + next.bytes > budgetBytes) return;
    waiting.shift();
    inWork += next.bytes;
    next.answer(true);
    moved.emit('moved');
    setImmediate(admit);
  }

  return {
    enter(bytes) {
      if (isClosed) return Promise.resolve(false);
      const { promise, resolve } = Promise.withResolvers<boolean>();
      waiting.push({ bytes, answer: resolve });
      setImmediate(admit);
      return promise;
    },
    leave(bytes) {
      inWork -= bytes;
      admit();
    },
    async hasRoom(signal) {
      while (waiting.length >= WAITING && !signal.aborted) {
        await once(moved, 'moved', { signal }).catch(() => {});
      }
    },
    close() {
      isClosed = true;
      for (const { answer } of waiting.splice(0)) answer(false);
      moved.emit('moved');
    },
  };
}
