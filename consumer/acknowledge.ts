import type { Log } from './log.ts';
import type { Queue, QueueMessage } from './queue.ts';
import type { Tally } from './tally.ts';

/** Deletes settled messages, those of one moment together. */
export interface Acknowledgements {
  /** Resolves when the queue has answered. Failing costs nothing but the work of doing it again (R-LATEACK). */
  delete(message: QueueMessage): Promise<void>;
}

export function acknowledgements(queue: Queue, tally: Tally, log: Log): Acknowledgements {
  let batch: { readonly receipts: string[]; readonly sent: Promise<void> } | undefined;

  async function send(receipts: readonly string[]): Promise<void> {
    try {
      const results = await queue.delete(receipts);
      for (const result of results) {
        if (result.kind === 'expired') tally.acknowledged('late');
        if (result.kind === 'failed') tally.acknowledged('failed');
      }
    } catch (error) {
      for (const _ of receipts) tally.acknowledged('failed');
      log('Acknowledge:Failed', {
        messages: receipts.length,
        reason: error instanceof Error ? error.message : '',
      });
    }
  }

  return {
    delete(message) {
      if (batch === undefined) {
        const receipts: string[] = [];
        const sent = new Promise<void>((resolve) => {
          setImmediate(() => {
            batch = undefined;
            void send(receipts).then(resolve);
          });
        });
        batch = { receipts, sent };
      }
      batch.receipts.push(message.receiptHandle);
      return batch.sent;
    },
  };
}
