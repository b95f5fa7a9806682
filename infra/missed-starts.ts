import { Duration, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** What schedules could not start in spite of all tries: nothing would tell of it for a day, or ever. */
export class MissedStarts extends Queue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      // A name and a time, no data: with a key of ours every schedule would need it.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      maxMessageSizeBytes: 262_144,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'it has the dead letters of schedules',
    });
  }
}
