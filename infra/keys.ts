import { RemovalPolicy } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** Two keys, because services of AWS put messages into queues and the topic, and never see data. */
export class Keys extends Construct {
  /** Of the buckets we make, and of the table of runs. */
  readonly data: Key;
  /** Of queues and the topic. */
  readonly messages: Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.data = rotatingKey(this, 'Data', 'Data of corporate data ingestion');
    this.messages = rotatingKey(this, 'Messages', 'Queues and alarms of corporate data ingestion');
    this.messages.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
  }
}

function rotatingKey(scope: Construct, id: string, description: string): Key {
  return new Key(scope, id, { description, enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN });
}
