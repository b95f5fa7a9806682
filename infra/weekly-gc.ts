import { Duration, TimeZone } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { MissedStarts } from './missed-starts.ts';
import type { Network } from './network.ts';
import { GC_CRON } from './schedules.ts';
import type { TaskCluster } from './task-cluster.ts';
import { TaskMachine } from './task-machine.ts';
import { hour, onDemand, runTask, type TaskPlace } from './task-states.ts';
import type { Task } from './task.ts';

export interface WeeklyGcProps {
  readonly cluster: TaskCluster;
  readonly network: Network;
  readonly task: Task;
  readonly isScheduled: boolean;
  readonly missedStarts: MissedStarts;
  readonly logRetention: RetentionDays;
}

/** Removes, once a week, the versions of tables that nobody has a use for any more. */
export class WeeklyGc extends Construct {
  readonly stateMachine: TaskMachine;

  constructor(scope: Construct, id: string, { isScheduled, missedStarts, ...props }: WeeklyGcProps) {
    super(scope, id);
    this.stateMachine = new TaskMachine(this, 'StateMachine', {
      ...props,
      name: 'corporate-data-ingestion-gc',
      definition: gcDefinition,
    });
    new Schedule(this, 'Schedule', {
      schedule: ScheduleExpression.expression(GC_CRON, TimeZone.ETC_UTC),
      target: new StepFunctionsStartExecution(this.stateMachine, {
        maxEventAge: Duration.hours(2),
        deadLetterQueue: missedStarts,
      }),
      enabled: isScheduled,
    });
  }
}

/** A collection that is being compacted is left out, and the command fails: an hour later it may be free. */
function gcDefinition(place: TaskPlace) {
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'Collect',
    TimeoutSeconds: 20 * hour,
    States: {
      Collect: {
        ...runTask(place, ['gc'], onDemand),
        TimeoutSeconds: 6 * hour,
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: hour, BackoffRate: 1, MaxAttempts: 5 }],
        End: true,
      },
    },
  };
}
