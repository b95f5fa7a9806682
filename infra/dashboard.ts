import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  LogQueryWidget,
  Metric,
  SingleValueWidget,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Cluster } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { MetricName, MetricService } from '../schemas/metrics.ts';
import type { Alarms } from './alarms.ts';
import type { AnnouncementQueue } from './announcement-queue.ts';
import type { ConsumerService } from './consumer-service.ts';
import type { DailyClose } from './daily-close.ts';
import { ofConsumers, ownMetric } from './own-metric.ts';
import type { TaskMachine } from './task-machine.ts';
import type { Task } from './task.ts';
import type { WeeklyGc } from './weekly-gc.ts';

export interface DashboardProps {
  readonly alarms: Alarms;
  readonly cluster: Cluster;
  readonly live: AnnouncementQueue;
  readonly reprocess: AnnouncementQueue;
  readonly consumers: ConsumerService;
  readonly reprocessors: ConsumerService;
  readonly close: DailyClose;
  readonly gc: WeeklyGc;
  /** Whose logs are shown. */
  readonly tasks: readonly Task[];
}

/** What a person on call looks at, from the top: is something wrong, since when, where does it stand still, what says the log. */
export function addDashboard(scope: Construct, props: DashboardProps): void {
  const { alarms, live, reprocess, consumers, reprocessors, close, gc, tasks } = props;
  new Dashboard(scope, 'Dashboard', {
    dashboardName: 'corporate-data-ingestion',
    defaultInterval: Duration.hours(12),
    widgets: [
      [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.alarms], width: 24, height: 4 })],
      [
        graph('Age of the oldest message, s', [live.queue.metricApproximateAgeOfOldestMessage({ period })]),
        graph('Live queue', [...depth(live)]),
        graph('Tasks', [
          runningTasks(props, consumers, 'live'),
          runningTasks(props, reprocessors, 'reprocess'),
        ]),
      ],
      [
        graph('Rows written', own('RowsWritten')),
        graph('Quarantined', own('LinesQuarantined', 'ObjectsMissing')),
        graph('Key service', own('KeyServiceErrors', 'Paused')),
      ],
      [
        graph('Consumers', own('MessagesHeld', 'MessagesReleased', 'WatchdogExits')),
        graph('Reprocess queue', [...depth(reprocess)]),
        graph('Daily close', endings(close.stateMachine)),
      ],
      [
        graph('Healed: announcements that were lost', [
          ownMetric('ObjectsHealed', 'heal', Duration.minutes(5)),
        ]),
        graph('Debt: parts in no version', [ownMetric('DebtParts', 'status', Duration.hours(1))]),
        graph('Garbage collection', endings(gc.stateMachine)),
      ],
      [
        new SingleValueWidget({
          title: 'The last day',
          width: 24,
          height: 3,
          metrics: [
            ...lastDay('consume', 'ObjectsIngested', 'RowsWritten', 'LinesQuarantined'),
            ...lastDay('status', 'DebtParts'),
            ...lastDay('compact', 'CertificatesIssued', 'CertificatesFailed'),
          ],
        }),
      ],
      [
        new LogQueryWidget({
          title: 'What failed',
          width: 24,
          height: 8,
          logGroupNames: tasks.map(({ logs }) => logs.logGroupName),
          queryLines: [
            'fields @timestamp, @message',
            'filter @message like /:(Failed|Missing|Out)/ or @message like /^cdi: /',
            'sort @timestamp desc',
            'limit 50',
          ],
        }),
      ],
    ],
  });
}

const period = Duration.minutes(1);

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6, leftYAxis: { min: 0, showUnits: false } });
}

function endings(stateMachine: TaskMachine): IMetric[] {
  return [
    stateMachine.metricSucceeded({ period }),
    stateMachine.metricFailed({ period }),
    stateMachine.metricTimedOut({ period }),
    stateMachine.metricAborted({ period }),
  ];
}

function own(...names: readonly MetricName[]): IMetric[] {
  return names.map((name) => ofConsumers(name, period));
}

function lastDay(service: MetricService, ...names: readonly MetricName[]): IMetric[] {
  return names.map((name) => ownMetric(name, service, Duration.days(1)));
}

function depth({ queue, deadLetters }: AnnouncementQueue): IMetric[] {
  return [
    queue.metricApproximateNumberOfMessagesVisible({ period, label: 'waiting' }),
    queue.metricApproximateNumberOfMessagesNotVisible({ period, label: 'in flight' }),
    deadLetters.metricApproximateNumberOfMessagesVisible({ period, label: 'dead letters' }),
  ];
}

function runningTasks({ cluster }: DashboardProps, { service }: ConsumerService, label: string): IMetric {
  return new Metric({
    namespace: 'ECS/ContainerInsights',
    metricName: 'RunningTaskCount',
    dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: service.serviceName },
    statistic: 'Average',
    period,
    label,
  });
}
