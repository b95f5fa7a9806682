import type { ConsumeReport } from '../consumer/tally.ts';
import type { MetricValues } from '../schemas/metrics.ts';

/** What a consumer did since an earlier report, and what it holds now. */
export function consumerMetrics(
  now: ConsumeReport,
  before: ConsumeReport | undefined,
  isPaused: boolean,
): MetricValues {
  const { MessagesHeld, ...counted } = countsOf(now);
  const earlier = before === undefined ? {} : countsOf(before);
  return { ...differences(counted, earlier), MessagesHeld, Paused: isPaused ? 1 : 0 };
}

function countsOf(report: ConsumeReport) {
  const { messages, objects, lines, parts, keys } = report;
  return {
    MessagesReceived: messages.received,
    MessagesReleased: messages.released,
    MessagesHeld: messages.held,
    ObjectsIngested: objects.ingested,
    ObjectsMissing: objects.missing,
    LinesRead: lines.read,
    LinesQuarantined: lines.quarantined,
    RowsWritten: parts.rows,
    PartsWritten: parts.files,
    PartBytes: parts.bytes,
    KeyServiceErrors: keys.retries + keys.outages,
  } satisfies MetricValues;
}

function differences(now: MetricValues, before: MetricValues): MetricValues {
  return Object.fromEntries(
    Object.entries(now).map(([name, value]) => [name, value - (before[name as keyof MetricValues] ?? 0)]),
  );
}
