import test from 'ava';
import { consumerMetrics } from '../../cli/consumer-metrics.ts';
import { emfLine } from '../../cli/emf.ts';
import { newTally } from '../../consumer/tally.ts';
import { metrics } from '../../schemas/metrics.ts';
import { runCdi, temporaryFolder, type CdiRun } from './run-cdi.ts';

test('a line of metrics is one that CloudWatch takes metrics from', (t) => {
  const line = emfLine('consume', { RowsWritten: 5, PartBytes: 100 }, 'run-1', 1_700_000_000_000);
  t.true(line.endsWith('}\n'));
  t.deepEqual(JSON.parse(line), {
    _aws: {
      Timestamp: 1_700_000_000_000,
      CloudWatchMetrics: [
        {
          Namespace: 'CDI',
          Dimensions: [['Service']],
          Metrics: [
            { Name: 'RowsWritten', Unit: 'Count' },
            { Name: 'PartBytes', Unit: 'Bytes' },
          ],
        },
      ],
    },
    Service: 'consume',
    correlationId: 'run-1',
    RowsWritten: 5,
    PartBytes: 100,
  });
});

test('what is counted is told since the last time, and what is held as it is now', (t) => {
  const keys = { hits: 0, misses: 0, refused: 0, retries: 2, outages: 1 };
  const tally = newTally();
  tally.received(10);
  const before = { ...tally.report(), keys };
  t.like(consumerMetrics(before, undefined, true), {
    MessagesReceived: 10,
    MessagesHeld: 10,
    KeyServiceErrors: 3,
    Paused: 1,
  });
  tally.received(3);
  tally.settled('ingested');
  const now = { ...tally.report(), keys: { ...keys, retries: 4 } };
  t.like(consumerMetrics(now, before, false), {
    MessagesReceived: 3,
    MessagesHeld: 12,
    KeyServiceErrors: 2,
    Paused: 0,
  });
  for (const name of Object.keys(consumerMetrics(now, before, false))) t.true(name in metrics, name);
});

test('commands write their metrics into the log when they are told to, and only then', async (t) => {
  const folder = await temporaryFolder(t);
  await runCdi(['generate', '--dir', folder, '--records', '60', '--days', '1', '--last-day', '2026-07-02']);
  t.is((await runCdi(['heal', '--local', folder, '--export-date', '2026-07-03'])).code, 0);
  const settings = { CDI_METRICS: 'emf' };
  const consumed = await runCdi(['consume', '--local', folder, '--drain', '--json'], { settings });
  const report = JSON.parse(consumed.stdout) as { parts: { rows: number } };
  t.true(report.parts.rows > 0);
  t.like(metricsIn(consumed), {
    Service: 'consume',
    RowsWritten: report.parts.rows,
    MessagesHeld: 0,
    WatchdogExits: 0,
  });
  t.true(Number(metricsIn(await runCdi(['status', '--local', folder], { settings })).DebtParts) > 0);
  const step = async (): Promise<Record<string, unknown>> =>
    metricsIn(await runCdi(['compact', '--local', folder, '--run', 'night'], { settings }));
  t.deepEqual(await step(), {}, 'a run over several tasks tells them in its last step');
  const compacted = metricsIn(await runCdi(['compact', '--local', folder, '--all'], { settings }));
  t.true(Number(compacted.CertificatesIssued) > 0);
  t.is(compacted.CertificatesFailed, 0);
  t.like(await step(), { CertificatesIssued: 0, CertificatesFailed: 0 });
  t.like(metricsIn(await runCdi(['status', '--local', folder], { settings })), { DebtParts: 0 });
  t.deepEqual(metricsIn(await runCdi(['status', '--local', folder])), {});
});

/** All that a command told, as one line may tell less than another. */
function metricsIn({ stderr }: CdiRun): Record<string, unknown> {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{"_aws"'));
  return Object.assign({}, ...lines.map((line) => JSON.parse(line) as object)) as Record<string, unknown>;
}
