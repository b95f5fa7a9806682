import type { ReprocessPlan } from './plan.ts';

/** US dollars a million requests, region eu-west-2 (London). */
const DOLLARS_PER_MILLION = { s3Get: 0.42, sqs: 0.4 } as const;
/** A message is sent, received and deleted, each a request when it is alone in its batch, as at the worst. */
const SQS_REQUESTS_PER_OBJECT = 3;

export interface Estimate {
  readonly objects: number;
  readonly bytes: number;
  readonly lines: number;
  /** Of sending, at the rate; ingestion may take longer. */
  readonly durationMs: number;
  /** Requests to read the objects and to pass their messages on; not computing, and not what compaction writes. */
  readonly dollars: number;
}

/** What a run takes. */
export function estimateRun({ days }: ReprocessPlan, objectsPerSecond: number): Estimate {
  const total = (member: 'objects' | 'bytes' | 'estimatedLines') =>
    days.reduce((sum, day) => sum + day[member], 0);
  const objects = total('objects');
  const dollarsPerObject =
    (DOLLARS_PER_MILLION.s3Get + SQS_REQUESTS_PER_OBJECT * DOLLARS_PER_MILLION.sqs) / 1_000_000;
  return {
    objects,
    bytes: total('bytes'),
    lines: total('estimatedLines'),
    durationMs: (1_000 * objects) / objectsPerSecond,
    dollars: objects * dollarsPerObject,
  };
}
