import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { metrics, METRICS_NAMESPACE, type MetricName } from '../schemas/metrics.ts';

/** A metric that our own code writes. */
export function ownMetric(name: MetricName, period: Duration): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    period,
    statistic: metrics[name].statistic === 'sum' ? 'Sum' : 'Maximum',
  });
}
