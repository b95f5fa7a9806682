import { dataProductOf, newRunRecord } from './run-record.ts';
import { openSqlite, transaction } from './sqlite-file.ts';
import { LEASE_SCHEMA, sqliteLeases } from './sqlite-leases.ts';
import { integerIn, optionalTextIn, textIn } from './sqlite-row.ts';
import type { Row } from './sqlite-row.ts';
import type { EndResult, RunCounts, RunKey, RunRecord, RunRegistry, RunStatus } from './run-registry.ts';

/** A run registry in a SQLite file, for any number of processes. It keeps every record. */
export function sqliteRunRegistry(file: string): RunRegistry {
  const database = openSqlite(file, RUN_SCHEMA + LEASE_SCHEMA);
  const insert = database.prepare(
    `INSERT INTO run (correlation_id, data_product, date, run_id, status, cluster_id, time_to_exist, started_at)
     VALUES (?, ?, ?, ?, 'IN_PROGRESS', ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const select = database.prepare('SELECT * FROM run WHERE correlation_id = ? AND data_product = ?');
  const update = database.prepare(
    `UPDATE run SET status = $status, finished_at = $finishedAt, counts = $counts,
                    failure_reason = $failureReason, s3_prefix_cdi_export = $exportPrefix
     WHERE correlation_id = $correlationId AND data_product = $dataProduct AND status = 'IN_PROGRESS'`,
  );
  const selectNewest = database.prepare(
    `SELECT * FROM run
     WHERE data_product = ifnull($dataProduct, data_product)
       AND date = ifnull($date, date) AND status = ifnull($status, status)
     ORDER BY started_at DESC, sequence DESC LIMIT $limit`,
  );

  function find({ correlationId, collection }: RunKey): RunRecord | undefined {
    const row = select.get(correlationId, dataProductOf(collection));
    return row === undefined ? undefined : recordFrom(row);
  }

  function end(key: RunKey, status: RunStatus, counts: RunCounts, outcome: Outcome): EndResult {
    return transaction(database, 'power-cut', () => {
      const { changes } = update.run({
        $status: status,
        $finishedAt: new Date().toISOString(),
        $counts: JSON.stringify(counts),
        $failureReason: outcome.failureReason ?? null,
        $exportPrefix: outcome.exportPrefix ?? null,
        $correlationId: key.correlationId,
        $dataProduct: dataProductOf(key.collection),
      });
      const record = find(key);
      return changes === 1 && record !== undefined
        ? { kind: 'recorded', record }
        : { kind: 'not-in-progress', record };
    });
  }

  return {
    ...sqliteLeases(database),

    async start(run) {
      const started = newRunRecord(run);
      return transaction(database, 'power-cut', () => {
        const { changes } = insert.run(
          started.Correlation_Id,
          started.DataProduct,
          started.Date,
          started.Run_Id,
          started.Cluster_Id,
          started.TimeToExist,
          started.Started_At,
        );
        if (changes === 1) return { kind: 'started', record: started };
        const record = find(run);
        if (record === undefined) throw new Error(`run ${run.correlationId} was neither written nor there`);
        return { kind: 'exists', record };
      });
    },

    async finish(key, { counts, exportPrefix }) {
      return end(key, 'COMPLETED', counts, { exportPrefix });
    },

    async fail(key, { reason, counts = {} }) {
      return end(key, 'FAILED', counts, { failureReason: reason });
    },

    async list({ collection, exportDate, status, limit } = {}) {
      const rows = selectNewest.all({
        $dataProduct: collection === undefined ? null : dataProductOf(collection),
        $date: exportDate ?? null,
        $status: status ?? null,
        $limit: limit ?? NO_LIMIT,
      });
      return rows.map(recordFrom);
    },

    async close() {
      if (database.isOpen) database.close();
    },
  };
}

interface Outcome {
  readonly failureReason?: string | undefined;
  readonly exportPrefix?: string | undefined;
}

const NO_LIMIT = -1;

const RUN_SCHEMA = `
  CREATE TABLE IF NOT EXISTS run (
    sequence INTEGER PRIMARY KEY,
    correlation_id TEXT NOT NULL,
    data_product TEXT NOT NULL,
    date TEXT NOT NULL,
    run_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('IN_PROGRESS', 'COMPLETED', 'FAILED')),
    cluster_id TEXT NOT NULL,
    time_to_exist INTEGER NOT NULL,
    s3_prefix_cdi_export TEXT,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    counts TEXT NOT NULL DEFAULT '{}',
    failure_reason TEXT,
    UNIQUE (correlation_id, data_product)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS run_by_start ON run (started_at);
`;

function recordFrom(row: Row): RunRecord {
  const exportPrefix = optionalTextIn(row, 's3_prefix_cdi_export');
  const finishedAt = optionalTextIn(row, 'finished_at');
  const failureReason = optionalTextIn(row, 'failure_reason');
  return {
    Correlation_Id: textIn(row, 'correlation_id'),
    DataProduct: textIn(row, 'data_product'),
    Date: textIn(row, 'date'),
    Run_Id: textIn(row, 'run_id'),
    Status: textIn(row, 'status') as RunStatus,
    Cluster_Id: textIn(row, 'cluster_id'),
    TimeToExist: integerIn(row, 'time_to_exist'),
    ...(exportPrefix !== undefined && { S3_Prefix_CDI_Export: exportPrefix }),
    Started_At: textIn(row, 'started_at'),
    ...(finishedAt !== undefined && { Finished_At: finishedAt }),
    Counts: JSON.parse(textIn(row, 'counts')) as RunCounts,
    ...(failureReason !== undefined && { Failure_Reason: failureReason }),
  };
}
