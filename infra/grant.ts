import { Token, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** Who may do something: a construct, so that what it may do is said at its place. */
export type Grantee = IGrantable & IConstruct;

export interface Permission {
  readonly actions: readonly string[];
  /** ARNs; with a `*` at the end it is a folder, whose name must be known before deployment. */
  readonly resources: readonly string[];
  readonly conditions?: Record<string, Record<string, readonly string[]>>;
  /** Why it is a folder, as far as it is. */
  readonly reason: string;
}

/** Gives a permission, with the reason for what cdk-nag takes for too wide. */
export function grant(grantee: Grantee, { actions, resources, conditions, reason }: Permission): void {
  grantee.grantPrincipal.addToPrincipalPolicy(
    new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions && { conditions }),
    }),
  );
  for (const resource of resources) {
    if (Token.isUnresolved(resource) || !resource.includes('*')) continue;
    Validations.of(grantee).acknowledge({ id: `AwsSolutions-IAM5[Resource::${resource}]`, reason });
  }
}
