import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import type { ReceiveOptions } from './queue.ts';

/** A receive under way. */
export interface SqsPoll {
  /** What came first; nothing when the time is over or it was ended. Rejects when SQS did not answer. */
  readonly messages: Promise<readonly Message[]>;
  /** Resolves when nothing can be received any more, and what came too late is given back. */
  readonly over: Promise<void>;
}

/** Whom to ask for what, and until when. */
export interface SqsPollOptions extends Omit<ReceiveOptions, 'signal'> {
  readonly url: string;
  /** Longest that one request waits, and so the longest that ending takes. */
  readonly requestWaitMs: number;
  readonly ended: AbortSignal;
  /** Takes what arrives after the end (R-STOP); must not throw. */
  readonly giveBack: (messages: readonly Message[]) => Promise<void>;
}

/**
 * Polls until there are messages, with `sqs-consumer`, of which only the polling is used. It would hold its batch of
 * ten until the last is handled, extend also what is deleted or released already, and delete before an answer to
 * each entry is known; who receives does all that itself, message by message.
 *
 * Its `stop` ends the polling but not the request under way, which may still bring messages: a request is over only with
 * messages, with `empty` or with `error`. It is not aborted, as SQS may have handed messages to it already,
 * which then nobody would give back.
 */
export function pollSqs(client: SQSClient, options: SqsPollOptions): SqsPoll {
  const { ended, requestWaitMs } = options;
  const deadlineMs = performance.now() + options.waitMs;
  const messages = Promise.withResolvers<readonly Message[]>();
  const over = Promise.withResolvers<void>();
  let isAsking = false;

  const poller = Consumer.create({
    sqs: client,
    queueUrl: options.url,
    batchSize: options.max,
    waitTimeSeconds: seconds(Math.min(options.waitMs, requestWaitMs)),
    visibilityTimeout: seconds(options.visibilityTimeoutMs),
    messageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
    shouldDeleteMessages: false,
    async preReceiveMessageCallback() {
      isAsking = true;
    },
    async handleMessageBatch(received) {
      poller.stop();
      if (ended.aborted) await options.giveBack(received);
      finish(received);
    },
  });
  poller.on('empty', () => {
    isAsking = false;
    const leftMs = deadlineMs - performance.now();
    if (ended.aborted || leftMs <= 0) finish([]);
    else poller.updateOption('waitTimeSeconds', seconds(Math.min(leftMs, requestWaitMs)));
  });
  poller.on('error', (error) => {
    messages.reject(error.cause ?? error);
    finish([]);
  });
  ended.addEventListener('abort', onEnd, { once: true });
  poller.start();

  function onEnd(): void {
    poller.stop();
    messages.resolve([]);
    if (!isAsking) over.resolve();
  }
  function finish(received: readonly Message[]): void {
    poller.stop();
    ended.removeEventListener('abort', onEnd);
    messages.resolve(received);
    over.resolve();
  }

  return { messages: messages.promise, over: over.promise };
}

/** SQS counts in whole ones. */
function seconds(timeMs: number): number {
  return Math.ceil(timeMs / 1_000);
}
