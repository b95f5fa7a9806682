import { Duration, Stack, TimeZone, Validations } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { RUNS_PREFIX, type Buckets } from './buckets.ts';
import { closeDefinition, type CloseInput } from './close-definition.ts';
import { grant } from './grant.ts';
import type { Network } from './network.ts';
import { closeSchedules } from './schedules.ts';
import type { TaskCluster } from './task-cluster.ts';
import type { Task } from './task.ts';

export interface DailyCloseProps {
  readonly cluster: TaskCluster;
  readonly network: Network;
  readonly task: Task;
  readonly buckets: Buckets;
  /** Shards merged side by side. */
  readonly maxShards: number;
  readonly isScheduled: boolean;
  readonly logRetention: RetentionDays;
}

/** The daily close: a state machine whose tasks are commands of `cdi`, and what starts it. */
export class DailyClose extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, props: DailyCloseProps) {
    super(scope, id);
    const { cluster, network, task, buckets, maxShards, isScheduled, logRetention } = props;
    const definition = closeDefinition({
      clusterArn: cluster.clusterArn,
      taskDefinitionArn: task.definition.taskDefinitionArn,
      containerName: task.containerName,
      subnetIds: network.subnets.map(({ subnetId }) => subnetId),
      securityGroupId: network.tasks.securityGroupId,
      publishedBucket: buckets.published.name,
      runsPrefix: RUNS_PREFIX,
      maxShards,
    });
    this.stateMachine = new StateMachine(this, 'StateMachine', {
      stateMachineName,
      definitionBody: DefinitionBody.fromString(Stack.of(this).toJsonString(definition)),
      logs: {
        destination: new LogGroup(this, 'Logs', { retention: logRetention }),
        level: LogLevel.ALL,
      },
      tracingEnabled: true,
    });
    Validations.of(this.stateMachine).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'delivery of logs and traces is not of a resource',
    });
    this.grantRunTasks(cluster, task);
    this.grantMapShards();
    buckets.grantReadRuns(this.stateMachine);
    for (const { name, cron, scope: compactScope } of closeSchedules) {
      const input: CloseInput = { exportDate: ContextAttribute.scheduledTime, scope: compactScope };
      new Schedule(this, name, {
        schedule: ScheduleExpression.expression(cron, TimeZone.ETC_UTC),
        target: new StepFunctionsStartExecution(this.stateMachine, {
          input: ScheduleTargetInput.fromObject(input),
          maxEventAge: Duration.hours(2),
        }),
        enabled: isScheduled,
      });
    }
  }

  /** Starting tasks of the definition, and waiting for their end, which a rule of Step Functions' own tells. */
  private grantRunTasks(cluster: TaskCluster, task: Task): void {
    task.definition.grantRun(this.stateMachine);
    grant(this.stateMachine, {
      actions: ['ecs:StopTask', 'ecs:DescribeTasks'],
      resources: [cluster.taskArns],
      reason: 'the names of tasks are not known before they start; the cluster has ours only',
    });
    grant(this.stateMachine, {
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [this.arn('events', 'rule/StepFunctionsGetEventsForECSTaskRule')],
      reason: 'one rule',
    });
  }

  /** A distributed map starts executions of its own state machine. */
  private grantMapShards(): void {
    grant(this.stateMachine, {
      actions: ['states:StartExecution'],
      resources: [this.arn('states', `stateMachine:${stateMachineName}`)],
      reason: 'itself',
    });
    grant(this.stateMachine, {
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [this.arn('states', `execution:${stateMachineName}/*`)],
      reason: 'the names of executions are not known before they start; all are of this state machine',
    });
  }

  private arn(service: string, resource: string): string {
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:${service}:${region}:${account}:${resource}`;
  }
}

const stateMachineName = 'corporate-data-ingestion-close';
