import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import { RUNS_PREFIX, type Buckets } from './buckets.ts';
import { closeDefinition, type CloseInput } from './close-definition.ts';
import { grant } from './grant.ts';
import type { MissedStarts } from './missed-starts.ts';
import type { Network } from './network.ts';
import { closeSchedules } from './schedules.ts';
import type { TaskCluster } from './task-cluster.ts';
import { TaskMachine } from './task-machine.ts';
import type { Task } from './task.ts';

export interface DailyCloseProps {
  readonly cluster: TaskCluster;
  readonly network: Network;
  readonly task: Task;
  readonly buckets: Buckets;
  /** Shards merged side by side. */
  readonly maxShards: number;
  readonly isScheduled: boolean;
  readonly missedStarts: MissedStarts;
  readonly logRetention: RetentionDays;
}

/** The daily close: a state machine whose tasks are commands of `cdi`, and what starts it. */
export class DailyClose extends Construct {
  readonly stateMachine: TaskMachine;

  constructor(
    scope: Construct,
    id: string,
    { buckets, maxShards, isScheduled, missedStarts, ...props }: DailyCloseProps,
  ) {
    super(scope, id);
    this.stateMachine = new TaskMachine(this, 'StateMachine', {
      ...props,
      name: stateMachineName,
      definition: (place) =>
        closeDefinition({
          ...place,
          publishedBucket: buckets.published.name,
          runsPrefix: RUNS_PREFIX,
          maxShards,
        }),
    });
    this.grantMapShards();
    buckets.grantReadRuns(this.stateMachine);
    for (const { name, cron, scope: compactScope } of closeSchedules) {
      const input: CloseInput = { exportDate: ContextAttribute.scheduledTime, scope: compactScope };
      new Schedule(this, name, {
        schedule: ScheduleExpression.expression(cron, TimeZone.ETC_UTC),
        target: new StepFunctionsStartExecution(this.stateMachine, {
          input: ScheduleTargetInput.fromObject(input),
          maxEventAge: Duration.hours(2),
          deadLetterQueue: missedStarts,
        }),
        enabled: isScheduled,
      });
    }
  }

  /** A distributed map starts executions of its own state machine. */
  private grantMapShards(): void {
    const { partition, region, account } = Stack.of(this);
    const arn = (resource: string) => `arn:${partition}:states:${region}:${account}:${resource}`;
    grant(this.stateMachine, {
      actions: ['states:StartExecution'],
      resources: [arn(`stateMachine:${stateMachineName}`)],
      reason: 'itself',
    });
    grant(this.stateMachine, {
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [arn(`execution:${stateMachineName}/*`)],
      reason: 'the names of executions are not known before they start; all are of this state machine',
    });
  }
}

const stateMachineName = 'corporate-data-ingestion-close';
