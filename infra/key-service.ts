import { Secret as TaskSecret } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { KeyServiceConfig } from './config.ts';
import type { KeyServiceSettings } from './task-environment.ts';

/** What unwraps data keys. It is not of the stack: DKS is asked over mutual TLS, with secrets that others rotate. */
export class KeyService extends Construct {
  readonly settings: KeyServiceSettings;
  private readonly kmsKeyArns: readonly string[];

  constructor(scope: Construct, id: string, config: KeyServiceConfig) {
    super(scope, id);
    this.kmsKeyArns = config.kind === 'kms' ? config.keyArns : [];
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

  /** Unwrapping data keys; DKS knows its callers by their certificate instead. */
  grantDecrypt(consumer: IGrantable): void {
    if (this.kmsKeyArns.length === 0) return;
    consumer.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:Decrypt'], resources: [...this.kmsKeyArns] }),
    );
  }
}
