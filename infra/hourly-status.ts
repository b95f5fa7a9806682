import { Duration } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { EcsRunFargateTask } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { MissedStarts } from './missed-starts.ts';
import type { Network } from './network.ts';
import type { TaskCluster } from './task-cluster.ts';
import type { Task } from './task.ts';

export interface HourlyStatusProps {
  readonly cluster: TaskCluster;
  readonly network: Network;
  readonly task: Task;
  readonly missedStarts: MissedStarts;
}

/** Counts debt every hour, because it is the one figure that only looking at the files tells. */
export class HourlyStatus extends Construct {
  constructor(scope: Construct, id: string, { cluster, network, task, missedStarts }: HourlyStatusProps) {
    super(scope, id);
    new Schedule(this, 'Schedule', {
      schedule: ScheduleExpression.rate(Duration.hours(1)),
      target: new EcsRunFargateTask(cluster, {
        taskDefinition: task.definition,
        vpcSubnets: { subnets: [...network.subnets] },
        securityGroups: [network.tasks],
        assignPublicIp: false,
        maxEventAge: Duration.minutes(30),
        deadLetterQueue: missedStarts,
      }),
    });
  }
}
