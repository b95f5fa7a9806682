import { Stack } from 'aws-cdk-lib';
import { Secret as TaskSecret } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { KeyServiceConfig } from './config.ts';
import { grant } from './grant.ts';
import type { KeyServiceSettings } from './task-environment.ts';
import type { Task } from './task.ts';

/** What unwraps data keys. It is not of the stack: DKS is asked over mutual TLS, with secrets that others rotate. */
export class KeyService extends Construct {
  readonly settings: KeyServiceSettings;
  private readonly config: KeyServiceConfig;

  constructor(scope: Construct, id: string, config: KeyServiceConfig) {
    super(scope, id);
    this.config = config;
    if (config.kind !== 'dks') {
      this.settings = { kind: config.kind };
      return;
    }
    const encryptionKey = Key.fromKeyArn(this, 'SecretsKey', config.secretsKeyArn);
    const secret = (name: string, secretCompleteArn: string) =>
      TaskSecret.fromSecretsManager(
        Secret.fromSecretAttributes(this, name, { secretCompleteArn, encryptionKey }),
      );
    this.settings = {
      kind: 'dks',
      url: config.url,
      certificate: secret('Certificate', config.certificateSecretArn),
      privateKey: secret('PrivateKey', config.privateKeySecretArn),
      ca: secret('Ca', config.caSecretArn),
    };
  }

  /** What a consumer needs for data keys: KMS itself, or, before it starts, the secrets that DKS knows it by. */
  grantUnwrap(consumer: Task): void {
    switch (this.config.kind) {
      case 'standalone':
        return;
      case 'kms':
        grant(consumer, {
          actions: ['kms:Decrypt'],
          resources: this.config.keyArns,
          reason: 'the keys alone',
        });
        return;
      case 'dks':
        // The CDK leaves it to the policy of the key, which is not ours.
        grant(consumer.definition.obtainExecutionRole(), {
          actions: ['kms:Decrypt'],
          resources: [this.config.secretsKeyArn],
          conditions: {
            StringEquals: { 'kms:ViaService': [`secretsmanager.${Stack.of(this).region}.amazonaws.com`] },
          },
          reason: 'the key alone',
        });
    }
  }
}
