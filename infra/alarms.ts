import { Duration, Stack, Tags } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AnnouncementQueue } from './announcement-queue.ts';
import type { AlarmsConfig } from './config.ts';
import type { DailyClose } from './daily-close.ts';
import type { MissedStarts } from './missed-starts.ts';
import { ofConsumers, ownMetric } from './own-metric.ts';
import type { TaskMachine } from './task-machine.ts';
import type { WeeklyGc } from './weekly-gc.ts';

export interface AlarmsProps {
  readonly live: AnnouncementQueue;
  readonly reprocess: AnnouncementQueue;
  readonly close: DailyClose;
  readonly gc: WeeklyGc;
  readonly missedStarts: MissedStarts;
  /** Whether there should be a certificate every day. */
  readonly isCloseScheduled: boolean;
  /** Of the topic. */
  readonly key: IKey;
  readonly config: AlarmsConfig;
}

/** One alarm: what is watched, when it is wrong, whom it wakes, and the page of the runbook that says what to do. */
interface Watch {
  readonly metric: IMetric;
  /** The alarm is up at this value and above, or with `below` beneath it. */
  readonly threshold: number;
  readonly below?: true;
  /** How many periods in a row. */
  readonly periods?: number;
  /** Silence is as bad as a wrong value. */
  readonly isMissingBad?: true;
  readonly description: string;
  /** Tags, as the alarms of the job that this replaces have them: what sends them on to people reads both. */
  readonly type: 'Error' | 'Warning' | 'Information';
  readonly severity: 'Critical' | 'High';
  /** In docs/runbook/. */
  readonly page: string;
}

/** What wakes people: every alarm goes to one topic. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { masterKey: props.key, enforceSSL: true });
    // Alarms may by the policy that a topic has of itself; with one of ours, such as that for TLS, it has that no more.
    this.topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    const { forwardToTopicArn } = props.config;
    const topics = [
      this.topic,
      ...(forwardToTopicArn === undefined ? [] : [Topic.fromTopicArn(this, 'Forward', forwardToTopicArn)]),
    ];
    const actions = topics.map((topic) => new SnsAction(topic));
    this.alarms = Object.entries(watches(props)).map(([name, watch]) => {
      const alarm = new Alarm(this, name, {
        alarmDescription: `${watch.description} See docs/runbook/${watch.page}.md`,
        metric: watch.metric,
        threshold: watch.threshold,
        comparisonOperator: watch.below
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: watch.periods ?? 1,
        treatMissingData: watch.isMissingBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(...actions);
      alarm.addOkAction(...actions);
      Tags.of(alarm).add('notification_type', watch.type);
      Tags.of(alarm).add('severity', watch.severity);
      return alarm;
    });
  }
}

function watches({
  live,
  reprocess,
  close,
  gc,
  missedStarts,
  isCloseScheduled,
  config,
}: AlarmsProps): Record<string, Watch> {
  return {
    OldestMessage: {
      metric: live.queue.metricApproximateAgeOfOldestMessage({ period: fiveMinutes }),
      threshold: config.oldestMessageMinutes * 60,
      periods: 2,
      description: `A source object waits for more than ${config.oldestMessageMinutes} minutes.`,
      type: 'Warning',
      severity: 'High',
      page: 'backlog',
    },
    DeadLetters: {
      ...notEmpty(live.deadLetters, 'dead-letters'),
      description: 'A message of the live queue was received too often.',
    },
    ReprocessDeadLetters: {
      ...notEmpty(reprocess.deadLetters, 'dead-letters'),
      description: 'A message of the reprocess queue was received too often.',
    },
    NothingIngestedToday: {
      metric: ownMetric('ObjectsIngested', 'consume', Duration.hours(6)),
      threshold: 1,
      below: true,
      periods: 4,
      isMissingBad: true,
      description: 'Not one source object was ingested for a day.',
      type: 'Error',
      severity: 'Critical',
      page: 'nothing-ingested',
    },
    InFlight: {
      metric: live.queue.metricApproximateNumberOfMessagesNotVisible({
        period: fiveMinutes,
        statistic: 'Maximum',
      }),
      threshold: 80_000,
      description: 'Of 120,000 messages that SQS lets be in flight, 80,000 are.',
      type: 'Warning',
      severity: 'High',
      page: 'in-flight',
    },
    KeyServiceErrors: {
      metric: ofConsumers('KeyServiceErrors', fiveMinutes),
      threshold: 1,
      periods: 2,
      description: 'The key service does not answer, or with faults.',
      type: 'Error',
      severity: 'Critical',
      page: 'key-service',
    },
    QuarantineRate: {
      metric: new MathExpression({
        expression: 'IF(lines > 0, 100 * quarantined / lines, 0)',
        usingMetrics: {
          quarantined: ownMetric('LinesQuarantined', 'consume', oneHour),
          lines: ownMetric('LinesRead', 'consume', oneHour),
        },
        period: oneHour,
      }),
      threshold: config.quarantinedPercent,
      description: `Of the lines of an hour ${config.quarantinedPercent} % could not be used.`,
      type: 'Warning',
      severity: 'High',
      page: 'quarantine',
    },
    Watchdog: {
      metric: ofConsumers('WatchdogExits', fiveMinutes),
      threshold: 1,
      description: 'A consumer held messages and moved nothing for ten minutes, so it ended.',
      type: 'Error',
      severity: 'Critical',
      page: 'watchdog',
    },
    ObjectsHealed: {
      metric: ownMetric('ObjectsHealed', 'heal', fiveMinutes),
      threshold: 1,
      description: 'Source objects had not been ingested, and were announced again.',
      type: 'Warning',
      severity: 'High',
      page: 'healed',
    },
    MissedStarts: {
      ...notEmpty(missedStarts, 'not-started'),
      description: 'A schedule could not start what it should have.',
    },
    CloseFailed: {
      metric: failedExecutions(close.stateMachine),
      threshold: 1,
      description: 'A daily close failed; readers keep what they have.',
      type: 'Error',
      severity: 'Critical',
      page: 'compaction-failed',
    },
    CloseStopped: {
      metric: close.stateMachine.metricAborted({ period: fiveMinutes }),
      threshold: 1,
      description: 'A daily close was stopped by a person.',
      type: 'Information',
      severity: 'High',
      page: 'stopped-by-hand',
    },
    GcFailed: {
      metric: failedExecutions(gc.stateMachine),
      threshold: 1,
      description: 'Versions that nobody reads any more were not removed.',
      type: 'Warning',
      severity: 'High',
      page: 'gc-failed',
    },
    ...(isCloseScheduled && { CertificateMissing: certificateMissing }),
    CertificateFailed: {
      metric: ownMetric('CertificatesFailed', 'compact', fiveMinutes),
      threshold: 1,
      description: 'An export date could not be compacted and certified.',
      type: 'Error',
      severity: 'Critical',
      page: 'compaction-failed',
    },
    Debt: {
      metric: ownMetric('DebtParts', 'status', oneHour),
      threshold: 1,
      periods: 25,
      isMissingBad: true,
      description: 'For more than a day live parts are in no published version, or nobody counted them.',
      type: 'Warning',
      severity: 'High',
      page: 'debt',
    },
  };
}

function notEmpty(queue: IQueue, page: string): Omit<Watch, 'description'> {
  return {
    metric: queue.metricApproximateNumberOfMessagesVisible({ period: fiveMinutes, statistic: 'Maximum' }),
    threshold: 1,
    type: 'Error',
    severity: 'Critical',
    page,
  };
}

function failedExecutions(stateMachine: TaskMachine): MathExpression {
  return new MathExpression({
    // A plain sum has no value when one of them has none.
    expression: 'SUM([failed, timedOut])',
    usingMetrics: {
      failed: stateMachine.metricFailed({ period: fiveMinutes }),
      timedOut: stateMachine.metricTimedOut({ period: fiveMinutes }),
    },
    period: fiveMinutes,
  });
}

const certificateMissing: Watch = {
  metric: ownMetric('CertificatesIssued', 'compact', Duration.hours(6)),
  threshold: 1,
  below: true,
  periods: 5,
  isMissingBad: true,
  description: 'No export date was certified for more than a day.',
  type: 'Error',
  severity: 'Critical',
  page: 'certificate',
};

const fiveMinutes = Duration.minutes(5);
const oneHour = Duration.hours(1);
