import type { Leases } from './leases.ts';

/**
 * What runs there were and how each ended, for operators; and, apart from them, who works on what now. A run is never a
 * lock, and nothing is decided by one that is missing.
 *
 * A run is known by its correlation id and data product, and each pair is used once: a run that is tried again has a
 * new correlation id, so no failure is overwritten. A run whose process was killed stays IN_PROGRESS.
 */
export interface RunRegistry extends Leases {
  start(run: NewRun): Promise<StartResult>;

  /** Marks a run COMPLETED that is IN_PROGRESS. */
  finish(key: RunKey, outcome: RunOutcome): Promise<EndResult>;

  /** Marks a run FAILED that is IN_PROGRESS. */
  fail(key: RunKey, failure: RunFailure): Promise<EndResult>;

  /** The newest first. On DynamoDB this reads the whole table. */
  list(filter?: RunFilter): Promise<readonly RunRecord[]>;

  close(): Promise<void>;
}

/** An item of `data_pipeline_metadata`, with the attributes its readers know and, after `TimeToExist`, ours. */
export interface RunRecord {
  readonly Correlation_Id: string;
  /** `CDI-<db>:<collection>`. */
  readonly DataProduct: string;
  /** The export date, `YYYY-MM-DD`. */
  readonly Date: string;
  readonly Run_Id: string;
  readonly Status: RunStatus;
  readonly Cluster_Id: string;
  /** Whole seconds since 1970, two years after the start. DynamoDB forgets the record then; others may keep it. */
  readonly TimeToExist: number;
  /** Where the new snapshot is, once it is published. */
  readonly S3_Prefix_CDI_Export?: string;
  /** ISO 8601, UTC. */
  readonly Started_At: string;
  readonly Finished_At?: string;
  /** As far as the run got: rows, duplicates, and so on. */
  readonly Counts: RunCounts;
  readonly Failure_Reason?: string;
}

export type RunStatus = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

export type RunCounts = Readonly<Record<string, number>>;

export interface RunKey {
  readonly correlationId: string;
  /** `db:collection`. */
  readonly collection: string;
}

export interface NewRun extends RunKey {
  /** `YYYY-MM-DD`. */
  readonly exportDate: string;
  readonly runId: string;
  /** @defaultValue `'NOT_SET'`, as the incumbent writes outside a cluster */
  readonly clusterId?: string;
}

export interface RunOutcome {
  readonly counts: RunCounts;
  readonly exportPrefix?: string;
}

export interface RunFailure {
  /** For people. It must hold nothing of a record's contents. */
  readonly reason: string;
  readonly counts?: RunCounts;
}

export interface RunFilter {
  /** `db:collection`. */
  readonly collection?: string;
  readonly exportDate?: string;
  readonly status?: RunStatus;
  readonly limit?: number;
}

export type StartResult =
  | { readonly kind: 'started'; readonly record: RunRecord }
  /** The correlation id was used for this data product before, by this run. */
  | { readonly kind: 'exists'; readonly record: RunRecord };

export type EndResult =
  | { readonly kind: 'recorded'; readonly record: RunRecord }
  /** It has ended before, or was never started. */
  | { readonly kind: 'not-in-progress'; readonly record: RunRecord | undefined };
