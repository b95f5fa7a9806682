import { Stack } from 'aws-cdk-lib';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { CfnClusterCapacityProviderAssociations, Cluster, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';

/** Where tasks are, and how many run is counted. */
export class TaskCluster extends Cluster {
  /** Of every task in it. */
  readonly taskArns: string;
  /** Services start with them, so they must be there before. */
  readonly capacityProviders: CfnClusterCapacityProviderAssociations;

  constructor(scope: Construct, id: string, vpc: IVpc) {
    const clusterName = 'corporate-data-ingestion';
    super(scope, id, {
      clusterName,
      vpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    this.capacityProviders = new CfnClusterCapacityProviderAssociations(this, 'CapacityProviders', {
      cluster: this.clusterName,
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [],
    });
    this.taskArns = Stack.of(this).formatArn({
      service: 'ecs',
      resource: 'task',
      resourceName: `${clusterName}/*`,
    });
  }
}
