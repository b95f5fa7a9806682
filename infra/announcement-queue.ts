import { Duration } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { MOST_RECEIVES } from '../schemas/most-receives.ts';

export interface AnnouncementQueueProps {
  readonly key: IKey;
  /** How long a received message stays hidden unless a heartbeat extends it. */
  readonly visibilityTimeout: Duration;
}

/** A queue that announces source objects, and its dead letters: what a person must see, and nothing else. */
export class AnnouncementQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  private readonly key: IKey;

  constructor(scope: Construct, id: string, { key, visibilityTimeout }: AnnouncementQueueProps) {
    super(scope, id);
    this.key = key;
    const common = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      maxMessageSizeBytes: 262_144,
    };
    this.deadLetters = new Queue(this, 'DeadLetters', common);
    this.queue = new Queue(this, 'Queue', {
      ...common,
      visibilityTimeout,
      receiveMessageWaitTime: Duration.seconds(20),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MOST_RECEIVES },
    });
  }

  /** Taking messages, and looking how many there are. */
  grantConsume(consumer: IGrantable): void {
    this.grant(consumer, this.queue, takeActions);
    this.grantLook(consumer);
  }

  /** Putting messages in, and looking how many there are. */
  grantAnnounce(announcer: IGrantable): void {
    this.grant(announcer, this.queue, ['sqs:SendMessage']);
    this.grantLook(announcer);
  }

  /** Looking at dead letters, and sending them anew. */
  grantRedrive(operator: IGrantable): void {
    this.grant(operator, this.deadLetters, takeActions);
    this.grantAnnounce(operator);
  }

  /** Looking how many there are, dead ones included. */
  grantLook(looker: IGrantable): void {
    for (const queue of [this.queue, this.deadLetters]) queue.grant(looker, 'sqs:GetQueueAttributes');
  }

  private grant(grantee: IGrantable, queue: IQueue, actions: readonly string[]): void {
    queue.grant(grantee, ...actions);
    this.key.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}

const takeActions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'];
