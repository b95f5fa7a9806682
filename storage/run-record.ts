import type { NewRun, RunRecord } from './run-registry.ts';

/** The record of a run that starts now. */
export function newRunRecord({
  correlationId,
  collection,
  exportDate,
  runId,
  clusterId = 'NOT_SET',
}: NewRun): RunRecord {
  const now = new Date();
  return {
    Correlation_Id: correlationId,
    DataProduct: dataProductOf(collection),
    Date: exportDate,
    Run_Id: runId,
    Status: 'IN_PROGRESS',
    Cluster_Id: clusterId,
    TimeToExist: Math.floor(now.getTime() / 1000) + TIME_TO_EXIST_SECONDS,
    Started_At: now.toISOString(),
    Counts: {},
  };
}

/** @param collection - `db:collection` */
export function dataProductOf(collection: string): string {
  return `CDI-${collection}`;
}

/** The incumbent's 104 weeks. */
const TIME_TO_EXIST_SECONDS = 104 * 7 * 24 * 60 * 60;
