import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { closeDefinition } from '../../infra/close-definition.ts';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { areaPrefix, dayPrefix } from '../../schemas/layout.ts';
import { localStore } from '../../storage/local-store.ts';
import { runCdi, temporaryFolder } from '../cli/run-cdi.ts';
import { DAY, toDoFolder } from '../cli/to-do-folder.ts';
import { plainRow, putLivePart } from '../helpers/live-part.ts';
import { bodyOf } from '../helpers/published.ts';
import { publishedDigests } from '../helpers/published-digests.ts';
import { sourceKey } from '../helpers/rows.ts';
import {
  runStateMachine,
  StateFailed,
  type Services,
  type StateMachine,
} from '../helpers/run-state-machine.ts';
import { toDoBody } from '../helpers/to-do-objects.ts';

const names = { containerName: 'cdi', publishedBucket: 'published' };

/** As it is deployed: a text of JSON. */
const machine = JSON.parse(
  JSON.stringify(
    closeDefinition({
      ...names,
      clusterArn: 'cluster',
      taskDefinitionArn: 'task',
      subnetIds: ['subnet'],
      securityGroupId: 'group',
      runsPrefix: `${areaPrefix('work')}runs/`,
      maxShards: 2,
    }),
  ),
) as StateMachine;

const settings = { CDI_WORKERS: '1' };
const execution = { name: 'night-1', input: { exportDate: `${DAY}T03:00:00Z`, scope: '--all' } };

/** Whether a task with these words does not even begin. */
type Breaks = (words: readonly string[]) => boolean;

/** Three objects, one of them of a topic with typed tables, of which only the first was announced. */
async function newFolder(t: ExecutionContext): Promise<string> {
  const [announced, other] = [sourceKey('0-19'), sourceKey('20-39')];
  const folder = await toDoFolder(t, [announced, other]);
  const topic = 'data.businessAudit';
  const typed = sourceKey('0-9', topic);
  await localStore(join(folder, 'corporate')).put(typed, toDoBody(typed, 10, { topic }));
  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  await queue.send([objectCreatedBody([{ key: announced }])]);
  await queue.close();
  return folder;
}

/** Runs what the states say as processes that work in a folder; the consumer has its turn when they wait. */
function servicesIn(folder: string, breaks: Breaks): Services & { readonly commands: readonly string[] } {
  const published = localStore(join(folder, 'published'));
  const commands: string[] = [];

  async function runTask(args: unknown): Promise<void> {
    const { Overrides } = args as {
      Overrides: { ContainerOverrides: readonly { Name: string; Command: readonly string[] }[] };
    };
    const [container] = Overrides.ContainerOverrides;
    if (container?.Name !== names.containerName) throw new Error(`no container ${container?.Name}`);
    const isBroken = breaks(container.Command);
    commands.push(container.Command.join(' '));
    const cause = isBroken ? 'broken' : await failureOf(container.Command);
    if (cause !== undefined) throw new StateFailed('States.TaskFailed', cause);
  }
  async function failureOf(words: readonly string[]): Promise<string | undefined> {
    const { code, stderr } = await runCdi([...words, '--local', folder], { settings });
    return code === 0 ? undefined : `${code}: ${stderr}`;
  }
  async function getObject(args: unknown): Promise<{ readonly Body: string }> {
    const { Bucket, Key } = args as { Bucket: string; Key: string };
    if (Bucket !== names.publishedBucket) throw new Error(`no bucket ${Bucket}`);
    return { Body: (await bodyOf(published, Key)).toString() };
  }
  return {
    commands,
    async call(resource, args) {
      if (resource === 'arn:aws:states:::ecs:runTask.sync') return runTask(args);
      if (/^arn:aws:states:::(aws-sdk:)?s3:getObject$/.test(resource)) return getObject(args);
      throw new Error(`no ${resource}`);
    },
    async wait() {
      const failure = await failureOf(['consume', '--drain']);
      if (failure !== undefined) throw new Error(failure);
    },
  };
}

test('the states of the daily close, run shard by shard, come to the bytes of one process', async (t) => {
  const folder = await newFolder(t);
  // Ingested days ago, and large enough for two shards.
  const large = { db: 'core', collection: 'large', exportDate: '2026-07-01' };
  const val = JSON.stringify({ text: 'much'.repeat(2 ** 14) });
  const rows = Array.from({ length: 1_100 }, (_, n) => plainRow({ id: `"${n}"`, val }));
  await putLivePart(localStore(join(folder, 'published')), large, rows);
  const alone = await temporaryFolder(t);
  await cp(folder, alone, { recursive: true });
  const broken: string[] = [];
  const services = servicesIn(folder, ([command, job = '']) => {
    if (command !== 'shard' || broken.length > 0) return false;
    broken.push(job);
    return true;
  });
  const [ending] = await Promise.all([runStateMachine(machine, execution, services), closeInOne(t, alone)]);
  t.deepEqual(ending, { kind: 'succeeded' });
  const bytes = await publishedDigests(folder);
  t.deepEqual(bytes, await publishedDigests(alone));
  for (const area of ['live', 'changes', 'exports', 'tables', 'certificates'] as const) {
    t.true(
      Object.keys(bytes).some((key) => key.startsWith(areaPrefix(area))),
      area,
    );
  }
  const files = Object.keys(bytes).filter((key) => key.startsWith(dayPrefix('changes', large)));
  t.is(files.length, 2 + 1, 'one of each shard, and the manifest');
  const attempts = services.commands.filter((words) => words === `shard ${broken[0]}`);
  t.is(attempts.length, 2);
});

/** With a process each for what the states have many tasks for. */
async function closeInOne(t: ExecutionContext, folder: string): Promise<void> {
  for (const words of [`heal --export-date ${DAY}`, 'consume --drain', 'compact --all --shards 16']) {
    const { code, stderr } = await runCdi([...words.split(' '), '--local', folder], { settings });
    t.is(code, 0, stderr);
  }
}

test('when a shard fails in all its attempts the others are merged, and the close fails with the reason', async (t) => {
  const folder = await newFolder(t);
  const shards = new Set<string>();
  const services = servicesIn(folder, ([command, job = '']) => {
    if (command === 'shard') shards.add(job);
    return [...shards][0] === job;
  });
  const ending = await runStateMachine(machine, execution, services);
  t.like(ending, { kind: 'failed', error: 'CompactionFailed' });
  const [broken] = shards;
  t.regex(
    ending.kind === 'failed' ? ending.cause : '',
    new RegExp(`^run night-1: \\S+ ${DAY}: job ${broken} was handed out 3 times and not done`),
  );
  const attempts = services.commands.filter((words) => words === `shard ${broken}`);
  t.is(attempts.length, 3 * (1 + 3), 'of each round, and its retries');
  const certificates = Object.keys(await publishedDigests(folder)).filter((key) =>
    key.startsWith(areaPrefix('certificates')),
  );
  t.is(certificates.length, 1, 'of the other collection');
});

test('what heal cannot mend keeps nothing from tables, and the close fails in the end', async (t) => {
  const folder = await toDoFolder(t, []);
  await putLivePart(
    localStore(join(folder, 'published')),
    { db: 'core', collection: 'toDo', exportDate: DAY },
    [plainRow()],
  );
  const services = servicesIn(folder, ([command]) => command === 'heal');
  t.like(await runStateMachine(machine, execution, services), { kind: 'failed', error: 'HealFailed' });
  t.is(services.commands.filter((words) => words.startsWith('heal ')).length, 2 * (1 + 3));
  t.true(
    Object.keys(await publishedDigests(folder)).some((key) => key.startsWith(areaPrefix('certificates'))),
  );
});
