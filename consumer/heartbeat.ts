import type { Log } from './log.ts';
import type { Queue, QueueMessage } from './queue.ts';

/** Keeps messages hidden from other consumers for as long as they are held. */
export interface Heartbeat {
  hold(message: QueueMessage): void;
  letGo(message: QueueMessage): void;
  stop(): void;
}

/** Far below SQS's ceiling of 12 hours; a message held longer goes to whoever receives it next (R-12H). */
const LONGEST_HOLD_MS = 4 * 3_600_000;

/** Extends every held message's time from its receive until it is let go (R-HB), three times a time-out. */
export function heartbeat(queue: Queue, visibilityTimeoutMs: number, log: Log): Heartbeat {
  const held = new Map<string, number>();
  const timer = setInterval(() => void beat(), visibilityTimeoutMs / 3);

  async function beat(): Promise<void> {
    const oldest = Date.now() - LONGEST_HOLD_MS;
    const entries = [...held]
      .filter(([, since]) => since > oldest)
      .map(([receiptHandle]) => ({ receiptHandle, visibilityTimeoutMs }));
    if (entries.length === 0) return;
    try {
      const results = await queue.changeVisibility(entries);
      const late = results.filter((result) => result.kind !== 'done').length;
      if (late > 0) log('Heartbeat:Late', { messages: late });
    } catch (error) {
      log('Heartbeat:Failed', { reason: error instanceof Error ? error.message : 'unknown' });
    }
  }

  return {
    hold: (message) => held.set(message.receiptHandle, Date.now()),
    letGo: (message) => held.delete(message.receiptHandle),
    stop: () => clearInterval(timer),
  };
}
