import { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ServiceConfig } from './config.ts';
import { grant } from './grant.ts';
import type { Network } from './network.ts';
import { scaleByBacklog } from './scaling.ts';
import type { TaskCluster } from './task-cluster.ts';
import type { Task } from './task.ts';

export interface ConsumerServiceProps {
  readonly cluster: TaskCluster;
  readonly network: Network;
  readonly task: Task;
  /** What it takes from. */
  readonly queue: IQueue;
  readonly config: ServiceConfig;
}

/** Consumers of one queue: as many as its backlog needs, some on demand and the others on Spot. */
export class ConsumerService extends Construct {
  readonly service: FargateService;

  constructor(scope: Construct, id: string, { cluster, network, task, queue, config }: ConsumerServiceProps) {
    super(scope, id);
    this.service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: task.definition,
      vpcSubnets: { subnets: [...network.subnets] },
      securityGroups: [network.tasks],
      capacityProviderStrategies: [
        { capacityProvider: 'FARGATE', base: config.onDemandTasks, weight: 0 },
        { capacityProvider: 'FARGATE_SPOT', weight: 1 },
      ],
      circuitBreaker: { enable: true, rollback: true },
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
    });
    this.service.node.addDependency(cluster.capacityProviders);
    scaleByBacklog(this, { cluster, service: this.service, queue, config });
    // It protects itself from being scaled in while it holds messages.
    grant(task, {
      actions: ['ecs:GetTaskProtection', 'ecs:UpdateTaskProtection'],
      resources: [cluster.taskArns],
      reason: 'the names of tasks are not known before they start; the cluster has ours only',
    });
  }
}
