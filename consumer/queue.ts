/**
 * Messages at least once, as SQS delivers them.
 *
 * A message is *visible* until a receive takes it, which makes it *in flight*: hidden from other receives until its
 * visibility timeout ends. Whoever received it deletes it, extends its time, or releases it; otherwise it
 * becomes visible again and is *redelivered*. A receive that finds it received too often already moves it to the
 * *dead letters* instead. Order is not promised.
 *
 * A receipt handle stands for one receive of one message. It settles the message until the next one, and from then on
 * nothing; so one that comes too late does no harm.
 *
 * Batches are of any length and are settled entry by entry: results come in the order of the entries.
 */
export interface Queue {
  /** Each `sent` message is durable when the promise resolves. */
  send(bodies: readonly string[]): Promise<readonly SendResult[]>;

  /**
   * Takes up to `max` visible messages, and waits for the first of them. It comes back with none when the time is over,
   * the signal is aborted or the queue is closed.
   */
  receive(options: ReceiveOptions): Promise<readonly QueueMessage[]>;

  delete(receiptHandles: readonly string[]): Promise<readonly SettleResult[]>;

  /** Makes each message visible after the time given, counted from now. */
  changeVisibility(entries: readonly VisibilityEntry[]): Promise<readonly SettleResult[]>;

  /** Gives messages back unprocessed. Their receipt handles settle nothing any more. */
  release(receiptHandles: readonly string[], options: ReleaseOptions): Promise<readonly SettleResult[]>;

  depth(): Promise<QueueDepth>;

  /** How old a depth may be: 0 when it is exact, on SQS a minute. One that shows no message proves nothing before. */
  readonly depthLagMs: number;

  /** Dead letters, the oldest first. SQS shows a sample, in any order. */
  peekDeadLetters(limit: number): Promise<readonly DeadLetter[]>;

  /** Sends dead letters anew: each becomes a new message, with a new id, that was never received. */
  redrive(ids: readonly string[]): Promise<readonly RedriveResult[]>;

  /** Ends waiting receives. What is in flight stays so until its time is over. */
  close(): Promise<void>;
}

/** A queue that remembers what was sent to it. SQS does not: there who sends must expect to send twice. */
export interface OnceQueue extends Queue {
  /**
   * Sends each message whose id was never sent before; for the others it says `sent` as well. A message and the memory
   * of its id become durable together, so after a kill at any moment the same call may be made again.
   */
  sendOnce(messages: readonly OnceMessage[]): Promise<readonly SendResult[]>;
}

export interface OnceMessage {
  /** Chosen by who sends, and never used for another message. */
  readonly id: string;
  readonly body: string;
}

export interface QueueMessage {
  /** The same at each redelivery. */
  readonly id: string;
  readonly body: string;
  readonly receiptHandle: string;
  /** 1 at the first delivery. */
  readonly receiveCount: number;
  readonly sentAt: Date;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max: number;
  /** How long to wait for a first message; SQS waits 20 seconds at most. */
  readonly waitMs: number;
  /** Above 0; SQS counts in seconds, and 12 hours from the receive at most. */
  readonly visibilityTimeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface VisibilityEntry {
  readonly receiptHandle: string;
  /** From 0 on. */
  readonly visibilityTimeoutMs: number;
}

export interface ReleaseOptions {
  /** How long until others may receive the messages. */
  readonly delayMs: number;
  /**
   * False takes the receive back, so that an outage does not push messages to the dead letters. SQS cannot: there the
   * receive counts, so a long outage must be waited out between receives, not by releasing again and again.
   *
   * @defaultValue true
   */
  readonly countReceive?: boolean;
}

export type SendResult =
  | { readonly kind: 'sent'; readonly id: string }
  /** Never to be sent as it is: too large, or not text. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The queue did not take it, and may take it later. */
  | { readonly kind: 'failed'; readonly reason: string };

export type SettleResult =
  /** SQS may say so as well where it is no longer true. */
  | { readonly kind: 'done' }
  /** The message has been redelivered, released, deleted or moved, or is not in flight: nothing was changed. */
  | { readonly kind: 'expired' }
  /** The queue did not answer for it, and may be asked again. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  /** Neither visible nor received by anyone: released with a delay. SQS counts those as in flight. */
  readonly delayed: number;
  readonly dead: number;
  /** Of the messages that are not dead; `undefined` if there is none or the queue cannot tell. */
  readonly oldestSentAt: Date | undefined;
}

export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  readonly receiveCount: number;
  readonly sentAt: Date;
}

export type RedriveResult =
  | { readonly kind: 'sent'; readonly id: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly reason: string };

/** @throws {RangeError} when no queue could receive so. */
export function assertReceivable({ max, visibilityTimeoutMs }: ReceiveOptions): void {
  if (!Number.isInteger(max) || max < 1 || max > 10) throw new RangeError(`max must be 1 to 10, not ${max}`);
  if (!(visibilityTimeoutMs > 0))
    throw new RangeError(`visibilityTimeoutMs must be over 0, not ${visibilityTimeoutMs}`);
}
