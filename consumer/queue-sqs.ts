import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import { assertReceivable } from './queue.ts';
import type { OnceQueue, QueueMessage, RedriveResult, SendResult, SettleResult } from './queue.ts';
import { inBatches, type EntryAnswer } from './sqs-batch.ts';
import { pollSqs } from './sqs-poll.ts';

export interface SqsQueueOptions {
  readonly url: string;
  readonly deadLetterUrl: string;
  /**
   * In UTF-8. A queue that is set to less says so itself.
   *
   * @defaultValue 1 MiB, as SQS allows since August 2025
   */
  readonly maxBodyBytes?: number;
  /**
   * Longest that one request for messages waits; ending a receive takes as long at most.
   *
   * @defaultValue 5 seconds
   */
  readonly requestWaitMs?: number;
  /**
   * How long counts of messages may be behind.
   *
   * @defaultValue a minute, the least that SQS documents after the last message was sent
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/confirm-queue-is-empty.html
   */
  readonly depthLagMs?: number;
}

/**
 * A standard queue of SQS, with another for its dead letters. The client tries a request again that got no
 * answer, and nobody else does (R-ONERETRY); a send that SQS took without saying so is then there twice.
 *
 * SQS counts in whole seconds, so shorter times become one. It remembers nothing it was sent: `sendOnce` sends.
 * Receiving cannot be taken back: `countReceive: false` changes nothing. A handle released with a delay settles its
 * message until the delay is over.
 *
 * Looking for dead letters means receiving them: for that time they are hidden from others, who may find one
 * `missing` therefore, and it counts as a receive.
 *
 * @param client - whose requests may take longer than `requestWaitMs`; whoever made it destroys it.
 */
export function sqsQueue(client: SQSClient, options: SqsQueueOptions): OnceQueue {
  const {
    url,
    deadLetterUrl,
    maxBodyBytes = 1024 * 1024,
    requestWaitMs = 5_000,
    depthLagMs = 60_000,
  } = options;
  const closing = new AbortController();
  const polls = new Set<Promise<void>>();

  async function send(bodies: readonly string[]): Promise<readonly SendResult[]> {
    const refusals = bodies.map((body) => refusalOf(body, maxBodyBytes));
    const accepted = bodies.filter((_, index) => refusals[index] === undefined);
    const answers = await inBatches(
      accepted.map((MessageBody) => ({ MessageBody })),
      ({ MessageBody }) => Buffer.byteLength(MessageBody),
      (Entries) => client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries })),
    );
    const sent = answers.map(sendResult).values();
    return refusals.map((reason) =>
      reason === undefined ? (sent.next().value as SendResult) : { kind: 'refused', reason },
    );
  }

  async function deleteFrom(queueUrl: string, handles: readonly string[]): Promise<SettleResult[]> {
    const answers = await inBatches(
      handles.map((ReceiptHandle) => ({ ReceiptHandle })),
      bytesOfHandle,
      (Entries) => client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })),
    );
    return answers.map(settleResult);
  }

  async function hide(
    queueUrl: string,
    entries: readonly { readonly receiptHandle: string; readonly visibilityTimeoutMs: number }[],
  ): Promise<SettleResult[]> {
    const answers = await inBatches(
      entries.map(({ receiptHandle, visibilityTimeoutMs }) => ({
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: Math.min(Math.ceil(visibilityTimeoutMs / 1_000), MOST_SECONDS),
      })),
      bytesOfHandle,
      (Entries) => client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries })),
    );
    return answers.map(settleResult);
  }

  /** Whose giving back fails comes back when its time is over. */
  async function show(queueUrl: string, handles: readonly string[]): Promise<void> {
    await hide(
      queueUrl,
      handles.map((receiptHandle) => ({ receiptHandle, visibilityTimeoutMs: 0 })),
    );
  }

  async function messagesIn(queueUrl: string): Promise<Record<'visible' | 'inFlight' | 'delayed', number>> {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: queueUrl,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesNotVisible',
          'ApproximateNumberOfMessagesDelayed',
        ],
      }),
    );
    return {
      visible: Number(Attributes?.ApproximateNumberOfMessages),
      inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(Attributes?.ApproximateNumberOfMessagesDelayed),
    };
  }

  /** Goes through the dead letters until none comes that is new, and shows them all again in the end. */
  async function* deadLetters(): AsyncGenerator<readonly QueueMessage[], void, undefined> {
    const handles: string[] = [];
    const seen = new Set<string>();
    try {
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: deadLetterUrl,
            MaxNumberOfMessages: 10,
            // Waiting at all makes SQS ask every one of its servers.
            WaitTimeSeconds: 1,
            VisibilityTimeout: LOOK_SECONDS,
            MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
          }),
        );
        const letters = Messages.map(messageFrom);
        handles.push(...letters.map(({ receiptHandle }) => receiptHandle));
        const unseen = letters.filter(({ id }) => !seen.has(id));
        if (unseen.length === 0) return;
        for (const { id } of unseen) seen.add(id);
        yield unseen;
      }
    } finally {
      await show(deadLetterUrl, handles);
    }
  }

  /** R-MOVE: sent, confirmed one by one, and only those deleted. A delete that fails leaves a copy, which is harmless. */
  async function move(
    letters: readonly QueueMessage[],
  ): Promise<readonly (readonly [string, RedriveResult])[]> {
    const results = (await send(letters.map(({ body }) => body))).map(redriveResult);
    const confirmed = letters.filter((_, index) => results[index]?.kind === 'sent');
    await deleteFrom(
      deadLetterUrl,
      confirmed.map(({ receiptHandle }) => receiptHandle),
    );
    return results.map((result, index) => [letters[index]?.id ?? '', result]);
  }

  return {
    send,

    sendOnce: (messages) => send(messages.map(({ body }) => body)),

    async receive(receiveOptions) {
      assertReceivable(receiveOptions);
      const { signal, ...rest } = receiveOptions;
      const ended = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
      if (ended.aborted) return [];
      const poll = pollSqs(client, {
        ...rest,
        url,
        requestWaitMs,
        ended,
        giveBack: (late) =>
          show(
            url,
            late.map(messageFrom).map(({ receiptHandle }) => receiptHandle),
          ),
      });
      polls.add(poll.over);
      void poll.over.then(() => polls.delete(poll.over));
      return (await poll.messages).map(messageFrom);
    },

    delete: (receiptHandles) => deleteFrom(url, receiptHandles),

    changeVisibility: (entries) => hide(url, entries),

    release: (receiptHandles, { delayMs }) =>
      hide(
        url,
        receiptHandles.map((receiptHandle) => ({ receiptHandle, visibilityTimeoutMs: delayMs })),
      ),

    async depth() {
      const [live, dead] = await Promise.all([messagesIn(url), messagesIn(deadLetterUrl)]);
      return { ...live, dead: dead.visible + dead.inFlight + dead.delayed, oldestSentAt: undefined };
    },

    depthLagMs,

    async peekDeadLetters(limit) {
      const letters: QueueMessage[] = [];
      for await (const some of deadLetters()) {
        letters.push(...some);
        if (letters.length >= limit) break;
      }
      return letters.slice(0, limit);
    },

    async redrive(ids) {
      const wanted = new Set(ids);
      const results = new Map<string, RedriveResult>();
      if (wanted.size === 0) return [];
      let otherwise: RedriveResult = { kind: 'missing' };
      try {
        for await (const letters of deadLetters()) {
          const moved = await move(letters.filter((letter) => wanted.has(letter.id)));
          for (const [id, result] of moved) results.set(id, result);
          if (results.size === wanted.size) break;
        }
      } catch (error) {
        otherwise = { kind: 'failed', reason: error instanceof Error ? error.message : 'not received' };
      }
      return ids.map((id) => results.get(id) ?? otherwise);
    },

    async close() {
      closing.abort();
      await Promise.all(polls);
    },
  };
}

/** SQS's ceiling for the time from the receive on; an extension that would reach above is refused (R-12H). */
const MOST_SECONDS = 12 * 3_600;
/** Dead letters come back after it if who looked at them was killed. */
const LOOK_SECONDS = 120;

function bytesOfHandle({ ReceiptHandle }: { readonly ReceiptHandle: string }): number {
  return ReceiptHandle.length;
}

function refusalOf(body: string, maxBodyBytes: number): string | undefined {
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBodyBytes) return `${bytes} bytes, the limit is ${maxBodyBytes}`;
  if (!body.isWellFormed()) return 'not well-formed Unicode';
  return undefined;
}

const REFUSED = new Set(['InvalidMessageContents', 'InvalidParameterValue']);
const EXPIRED = new Set(['InvalidParameterValue', 'MessageNotInflight', 'ReceiptHandleIsInvalid']);

function sendResult(answer: EntryAnswer): SendResult {
  switch (answer.kind) {
    case 'done':
      return { kind: 'sent', id: answer.messageId };
    case 'rejected':
      return { kind: REFUSED.has(answer.code) ? 'refused' : 'failed', reason: answer.code };
    case 'unanswered':
      return { kind: 'failed', reason: answer.reason };
  }
}

function settleResult(answer: EntryAnswer): SettleResult {
  switch (answer.kind) {
    case 'done':
      return { kind: 'done' };
    case 'rejected':
      return EXPIRED.has(answer.code) ? { kind: 'expired' } : { kind: 'failed', reason: answer.code };
    case 'unanswered':
      return { kind: 'failed', reason: answer.reason };
  }
}

function redriveResult(result: SendResult): RedriveResult {
  return result.kind === 'sent' ? result : { kind: 'failed', reason: result.reason };
}

function messageFrom({ MessageId = '', Body = '', ReceiptHandle = '', Attributes }: Message): QueueMessage {
  return {
    id: MessageId,
    body: Body,
    receiptHandle: ReceiptHandle,
    receiveCount: Number(Attributes?.ApproximateReceiveCount),
    sentAt: new Date(Number(Attributes?.SentTimestamp)),
  };
}
