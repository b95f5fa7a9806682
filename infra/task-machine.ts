import { Stack, Validations } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { grant } from './grant.ts';
import type { Network } from './network.ts';
import type { TaskCluster } from './task-cluster.ts';
import type { TaskPlace } from './task-states.ts';
import type { Task } from './task.ts';

export interface TaskMachineProps {
  readonly name: string;
  readonly cluster: TaskCluster;
  readonly network: Network;
  readonly task: Task;
  readonly logRetention: RetentionDays;
  /** In Amazon's language for state machines. */
  readonly definition: (place: TaskPlace) => object;
}

/** A state machine that runs tasks of one definition. */
export class TaskMachine extends StateMachine {
  constructor(
    scope: Construct,
    id: string,
    { name, cluster, network, task, logRetention, definition }: TaskMachineProps,
  ) {
    const states = definition({
      clusterArn: cluster.clusterArn,
      taskDefinitionArn: task.definition.taskDefinitionArn,
      containerName: task.containerName,
      subnetIds: network.subnets.map(({ subnetId }) => subnetId),
      securityGroupId: network.tasks.securityGroupId,
    });
    super(scope, id, {
      stateMachineName: name,
      definitionBody: DefinitionBody.fromString(Stack.of(scope).toJsonString(states)),
      logs: {
        destination: new LogGroup(scope, `${id}Logs`, { retention: logRetention }),
        level: LogLevel.ALL,
      },
      tracingEnabled: true,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'delivery of logs and traces is not of a resource',
    });
    this.grantRunTasks(cluster, task);
  }

  /** Starting tasks of the definition, and waiting for their end, which a rule of Step Functions' own tells. */
  private grantRunTasks(cluster: TaskCluster, task: Task): void {
    task.definition.grantRun(this);
    grant(this, {
      actions: ['ecs:StopTask', 'ecs:DescribeTasks'],
      resources: [cluster.taskArns],
      reason: 'the names of tasks are not known before they start; the cluster has ours only',
    });
    const { partition, region, account } = Stack.of(this);
    grant(this, {
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [`arn:${partition}:events:${region}:${account}:rule/StepFunctionsGetEventsForECSTaskRule`],
      reason: 'one rule',
    });
  }
}
