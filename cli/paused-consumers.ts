import { holderPlace, isDead } from '../storage/holder.ts';
import type { Pause } from '../storage/pauses.ts';

/** A consumer that was paused when it was last heard of. */
export interface PausedConsumer {
  readonly host: string;
  readonly pid: number;
  readonly since: Date;
  /** What the key service answered, or that it did not. */
  readonly reason: string;
  readonly lastNotedAt: Date;
  /** Its process is not there any more, or has said nothing for a minute. */
  readonly isGone: boolean;
}

/** What the notes of pauses say now, the longest pause first. */
export function pausedConsumers(pauses: readonly Pause[], nowMs: number): readonly PausedConsumer[] {
  return pauses.map(({ holder, reason, sinceMs, notedAtMs }) => ({
    ...holderPlace(holder),
    since: new Date(sinceMs),
    reason,
    lastNotedAt: new Date(notedAtMs),
    isGone: isDead(holder) || nowMs - notedAtMs > SILENT_MS,
  }));
}

/** Six times the pause between two notes. */
const SILENT_MS = 60_000;
