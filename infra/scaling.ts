import { Duration } from 'aws-cdk-lib';
import {
  AdjustmentType,
  CfnScalingPolicy,
  ScalableTarget,
  ServiceNamespace,
  StepScalingAction,
} from 'aws-cdk-lib/aws-applicationautoscaling';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { ApplicationScalingAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Cluster, FargateService } from 'aws-cdk-lib/aws-ecs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { ServiceConfig } from './config.ts';

export interface ScalingProps {
  readonly cluster: Cluster;
  readonly service: FargateService;
  readonly queue: IQueue;
  readonly config: ServiceConfig;
}

/**
 * Keeps as many tasks as the backlog needs, in seconds of work a task. What is in flight counts, because a message that
 * takes long makes the queue look empty; processor use does not, because it says nothing of what waits.
 *
 * Out: target tracking, at once as far as it takes; a step from zero, where a ratio says nothing. In: a fifth at a time
 * after a quarter of an hour with little to do, and the last task only when nothing is left.
 */
export function scaleByBacklog(scope: Construct, { cluster, service, queue, config }: ScalingProps): void {
  const target = new ScalableTarget(scope, 'Tasks', {
    serviceNamespace: ServiceNamespace.ECS,
    scalableDimension: 'ecs:service:DesiredCount',
    resourceId: `service/${cluster.clusterName}/${service.serviceName}`,
    minCapacity: config.minTasks,
    maxCapacity: config.maxTasks,
  });
  const period = Duration.minutes(1);
  const metrics = {
    visible: queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Average' }),
    inFlight: queue.metricApproximateNumberOfMessagesNotVisible({ period, statistic: 'Average' }),
    tasks: new Metric({
      namespace: 'ECS/ContainerInsights',
      metricName: 'RunningTaskCount',
      dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: service.serviceName },
      period,
      statistic: 'Average',
    }),
  };
  // The number of tasks comes a minute or more after that of messages. Zero in its place would be a backlog of all for
  // one task at every moment: more tasks than are needed, and never fewer again.
  const running = 'FILL(FILL(tasks, REPEAT), 0)';
  const backlogSeconds = `(visible + inFlight) * ${config.secondsPerMessage} / IF(${running} < 1, 1, ${running})`;

  new CfnScalingPolicy(scope, 'Out', {
    policyName: 'backlog-seconds-per-task',
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.scalableTargetId,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: config.backlogSecondsPerTask,
      disableScaleIn: true,
      scaleOutCooldown: 60,
      customizedMetricSpecification: {
        metrics: [
          ...Object.entries(metrics).map(([id, metric]) => ({
            id,
            metricStat: {
              metric: {
                namespace: metric.namespace,
                metricName: metric.metricName,
                dimensions: Object.entries(metric.dimensions ?? {}).map(([name, value]) => ({
                  name,
                  value: String(value),
                })),
              },
              stat: 'Average',
            },
            returnData: false,
          })),
          { id: 'backlogSeconds', expression: backlogSeconds, returnData: true },
        ],
      },
    },
  });

  const fromZero = new StepScalingAction(scope, 'FromZeroAction', {
    scalingTarget: target,
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    cooldown: Duration.minutes(2),
  });
  fromZero.addAdjustment({ adjustment: 1, lowerBound: 0 });
  new Alarm(scope, 'FromZero', {
    alarmDescription: 'Scaling: messages wait, and no task runs.',
    metric: new MathExpression({
      expression: `IF(visible > 0 AND ${running} < 1, 1, 0)`,
      usingMetrics: { visible: metrics.visible, tasks: metrics.tasks },
      period,
    }),
    threshold: 1,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  }).addAlarmAction(new ApplicationScalingAction(fromZero));

  const inward = new StepScalingAction(scope, 'InAction', {
    scalingTarget: target,
    adjustmentType: AdjustmentType.PERCENT_CHANGE_IN_CAPACITY,
    minAdjustmentMagnitude: 1,
    cooldown: Duration.minutes(5),
  });
  inward.addAdjustment({ adjustment: -20, upperBound: 0 });
  new Alarm(scope, 'In', {
    alarmDescription: 'Scaling: less to do than there are tasks for.',
    metric: new MathExpression({
      expression: `IF(visible + inFlight > 0 AND ${running} <= 1, ${config.backlogSecondsPerTask}, ${backlogSeconds})`,
      usingMetrics: metrics,
      period,
    }),
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: config.backlogSecondsPerTask / 4,
    evaluationPeriods: 15,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  }).addAlarmAction(new ApplicationScalingAction(inward));
}
