import type { Log } from './log.ts';
import { isDead, newHolder } from '../storage/holder.ts';
import type { Pauses } from '../storage/pauses.ts';

export interface PauseNote {
  /** Notes that the consumer is paused, until it is called with undefined. */
  readonly update: (pause: { readonly reason: string } | undefined) => void;
  /** Writes the last note and closes; nothing is noted after it. */
  readonly close: () => Promise<void>;
}

/**
 * Tells operators when this consumer is paused. The note is renewed while the pause lasts, so that one whose writer was
 * killed shows by its age. The notes of dead consumers of this host are removed with the next pause. Notes are opened
 * with the first pause, and one that can't be written is logged and stops nothing.
 */
export function pauseNote(open: () => Promise<Pauses>, log: Log, renewMs = 10_000): PauseNote {
  const holder = newHolder();
  let opened: Pauses | undefined;
  let writing = Promise.resolve();
  let renewal: NodeJS.Timeout | undefined;

  function enqueue(write: (pauses: Pauses) => Promise<void>): void {
    writing = writing
      .then(async () => write((opened ??= await open())))
      .catch((error: unknown) => {
        log('Pause:NotNoted', { reason: error instanceof Error ? error.message : '' });
      });
  }

  async function forgetDead(pauses: Pauses): Promise<void> {
    for (const pause of await pauses.list()) {
      if (isDead(pause.holder)) await pauses.forget(pause.holder);
    }
  }

  function update(pause: { readonly reason: string } | undefined): void {
    clearInterval(renewal);
    if (pause === undefined) {
      enqueue((pauses) => pauses.forget(holder));
      return;
    }
    const { reason } = pause;
    const sinceMs = Date.now();
    const note = () => enqueue((pauses) => pauses.note({ holder, reason, sinceMs, notedAtMs: Date.now() }));
    enqueue(forgetDead);
    note();
    renewal = setInterval(note, renewMs);
  }

  return {
    update,
    async close() {
      clearInterval(renewal);
      await writing;
      await opened?.close();
    },
  };
}
