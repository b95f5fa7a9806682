/** What CloudWatch calls the place of our metrics. */
export const METRICS_NAMESPACE = 'CDI';

/** Whose metrics they are, the only dimension. */
export type MetricService = 'consume' | 'reprocess' | 'heal' | 'compact' | 'status';

export interface Metric {
  readonly unit: 'Count' | 'Seconds' | 'Bytes' | 'Milliseconds';
  /** How several data points become one: what was counted is summed, what is so at a moment is not. */
  readonly statistic: 'Sum' | 'Maximum';
  readonly description: string;
}

/** Every metric of our own, from those who send it and for those who watch it. */
export const metrics = {
  MessagesReceived: { unit: 'Count', statistic: 'Sum', description: 'messages taken from the queue' },
  MessagesReleased: { unit: 'Count', statistic: 'Sum', description: 'messages given back for another try' },
  MessagesHeld: { unit: 'Count', statistic: 'Maximum', description: 'messages in work in one task' },
  ObjectsIngested: { unit: 'Count', statistic: 'Sum', description: 'source objects read to their end' },
  ObjectsMissing: {
    unit: 'Count',
    statistic: 'Sum',
    description: 'announced objects that are gone, and covered by no other; again at each receive',
  },
  LinesRead: { unit: 'Count', statistic: 'Sum', description: 'lines of source objects' },
  LinesQuarantined: { unit: 'Count', statistic: 'Sum', description: 'lines that could not be used' },
  RowsWritten: { unit: 'Count', statistic: 'Sum', description: 'rows in durable parts' },
  PartsWritten: { unit: 'Count', statistic: 'Sum', description: 'durable parts' },
  PartBytes: { unit: 'Bytes', statistic: 'Sum', description: 'size of durable parts' },
  KeyServiceErrors: {
    unit: 'Count',
    statistic: 'Sum',
    description: 'calls to the key service that had to be made again, and outages begun',
  },
  Paused: {
    unit: 'Count',
    statistic: 'Maximum',
    description: '1 while a consumer waits for the key service or a store',
  },
  WatchdogExits: {
    unit: 'Count',
    statistic: 'Sum',
    description: 'consumers that ended because they held messages and nothing moved',
  },
  ObjectsHealed: {
    unit: 'Count',
    statistic: 'Sum',
    description: 'source objects that heal announced because they were not ingested',
  },
  DebtParts: {
    unit: 'Count',
    statistic: 'Maximum',
    description: 'live parts of export dates up to today that no published version includes',
  },
  CertificatesIssued: { unit: 'Count', statistic: 'Sum', description: 'days proved and published' },
  CertificatesFailed: { unit: 'Count', statistic: 'Sum', description: 'days whose compaction failed' },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

export type MetricValues = Readonly<Partial<Record<MetricName, number>>>;
