import {
  metrics,
  METRICS_NAMESPACE,
  type MetricName,
  type MetricService,
  type MetricValues,
} from '../schemas/metrics.ts';

/**
 * A line of a log out of which CloudWatch takes metrics, as its agent and the log driver of ECS know it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emfLine(
  service: MetricService,
  values: MetricValues,
  correlationId: string,
  timestampMs: number,
): string {
  const names = Object.keys(values) as MetricName[];
  const directive = {
    Namespace: METRICS_NAMESPACE,
    Dimensions: [['Service']],
    Metrics: names.map((name) => ({ Name: name, Unit: metrics[name].unit })),
  };
  return `${JSON.stringify({
    _aws: { Timestamp: timestampMs, CloudWatchMetrics: [directive] },
    Service: service,
    correlationId,
    ...values,
  })}\n`;
}
