import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { metrics, METRICS_NAMESPACE, type MetricName, type MetricService } from '../schemas/metrics.ts';

/** A metric that our own code writes. */
export function ownMetric(name: MetricName, service: MetricService, period: Duration): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { Service: service },
    period,
    statistic: metrics[name].statistic,
  });
}

/** The same of both kinds of consumers; nothing where neither says anything. */
export function ofConsumers(name: MetricName, period: Duration): MathExpression {
  // In one graph no two metrics may have the same id.
  const [live, again] = [`consume${name}`, `reprocess${name}`];
  return new MathExpression({
    expression: `SUM([${live}, ${again}])`,
    usingMetrics: {
      [live]: ownMetric(name, 'consume', period),
      [again]: ownMetric(name, 'reprocess', period),
    },
    period,
    label: metrics[name].description,
  });
}
