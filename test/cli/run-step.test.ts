import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runStep } from '../../cli/run-step.ts';
import type { RunCompactionOptions } from '../../cli/run-compaction.ts';
import type { HandedOutJob } from '../../compactor/job-board.ts';
import { runShard } from '../../compactor/run-shard.ts';
import { runKey } from '../../schemas/layout.ts';
import { readSettings } from '../../settings.ts';
import { localStore } from '../../storage/local-store.ts';
import type { RunRecord } from '../../storage/run-registry.ts';
import { sqliteRunRegistry } from '../../storage/sqlite-run-registry.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { driveRun, type Tasks } from '../helpers/drive-run.ts';
import { plainRow, putLivePart } from '../helpers/live-part.ts';
import { bodyOf } from '../helpers/published.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { runCdi } from './run-cdi.ts';

const exportDate = '2026-07-03';

interface Place extends Tasks {
  readonly folder: string;
  readonly published: ObjectStore;
  step(options?: Partial<RunCompactionOptions>): ReturnType<typeof runStep>;
  answer(): Promise<unknown>;
}

/** Two collections, and tasks that run in this process. */
async function newPlace(t: ExecutionContext): Promise<Place> {
  const folder = await newFolder(t);
  const published = localStore(join(folder, 'published'));
  for (const collection of ['one', 'two']) {
    await putLivePart(published, { db: 'core', collection, exportDate }, [plainRow()]);
  }
  const read = async (key: string): Promise<string> => (await bodyOf(published, key)).toString();
  const step: Place['step'] = (options) =>
    runStep(
      {
        localFolder: folder,
        settings: readSettings({ CDI_WORKERS: '2' }),
        stop: new AbortController().signal,
        onProgress: () => {},
        ...options,
      },
      'night',
    );
  return {
    folder,
    published,
    step,
    read,
    answer: async () => JSON.parse(await read(runKey('night', 'answer'))),
    async run([command, job = '']) {
      if (command === 'compact') await step();
      else await runShard(published, job, { writerWorkers: 1, scratchFolder: tmpdir() });
      return true;
    },
  };
}

async function runsOf({ folder }: Place): Promise<readonly RunRecord[]> {
  const runs = sqliteRunRegistry(join(folder, 'state', 'runs.sqlite'));
  try {
    return await runs.list();
  } finally {
    await runs.close();
  }
}

test('a collection that fails leaves the others to be done, and is tried again by another run alone', async (t) => {
  const place = await newPlace(t);
  const damaged = `corporate_data_ingestion/live/core/one/export_date=${exportDate}/damaged.orc`;
  await place.published.put(damaged, Buffer.from('no part'));
  const { answer, rounds } = await driveRun(place, 'night');
  t.is(rounds.length, 2, 'for changes and the snapshot of the other');
  t.like(answer, { kind: 'failed' });
  t.regex(answer.kind === 'failed' ? answer.reason : '', /^core:one 2026-07-03: live part .* cannot be read/);
  const statuses = (records: readonly RunRecord[]): string[] =>
    records.map(({ DataProduct, Status }) => `${DataProduct} ${Status}`).toSorted();
  t.deepEqual(statuses(await runsOf(place)), ['CDI-core:one FAILED', 'CDI-core:two COMPLETED']);
  await place.published.delete([damaged]);
  t.deepEqual((await driveRun(place, 'night')).answer, { kind: 'done', days: 1 });
  t.deepEqual(statuses(await runsOf(place)), [
    'CDI-core:one COMPLETED',
    'CDI-core:one FAILED',
    'CDI-core:two COMPLETED',
  ]);
  t.is((await runCdi(['verify', '--local', place.folder])).code, 0, 'whatever is in the area work');
});

test('a step that is told to stop leaves the answer before, and the run goes on', async (t) => {
  const place = await newPlace(t);
  await place.step();
  const state = await place.read(runKey('night', 'state'));
  await t.throwsAsync(place.step({ stop: AbortSignal.abort() }));
  t.deepEqual(await place.answer(), { kind: 'pending', jobs: 2 });
  t.is(await place.read(runKey('night', 'state')), state);
  t.deepEqual((await driveRun(place, 'night')).answer, { kind: 'done', days: 2 });
});

test('a step that cannot begin answers why', async (t) => {
  const place = await newPlace(t);
  await t.throwsAsync(place.step({ collection: { db: 'no', collection: 'such' } }));
  const reason = 'there are no live parts of no:such; cdi status shows which there are';
  t.deepEqual(await place.answer(), { kind: 'failed', reason });
});

test('without its state a run is planned anew, and finds what is done', async (t) => {
  const place = await newPlace(t);
  const { answer } = await place.step();
  t.deepEqual(answer, { kind: 'pending', jobs: 2 });
  const jobs = JSON.parse(await place.read(runKey('night', 'shards'))) as HandedOutJob[];
  for (const { job } of jobs) await place.run(['shard', job]);
  await place.published.put(runKey('night', 'state'), Buffer.from('damaged'));
  const { answer: last, rounds } = await driveRun(place, 'night');
  t.deepEqual(last, { kind: 'done', days: 2 });
  t.is(rounds.flat().length, 2, 'the snapshots alone');
});

test('a run whose jobs nobody does comes to its end, too', async (t) => {
  const place = await newPlace(t);
  const run: Tasks['run'] = async (words) => words[0] !== 'shard' && (await place.run(words));
  const { answer, rounds } = await driveRun({ ...place, run }, 'night');
  t.is(rounds.length, 3);
  t.regex(
    JSON.stringify(answer),
    /"failed".*core:one 2026-07-03: job \S+ was handed out 3 times and not done: .*core:two/,
  );
});
