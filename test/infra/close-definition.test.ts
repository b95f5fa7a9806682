import test from 'ava';
import { closeDefinition } from '../../infra/close-definition.ts';

const definition = closeDefinition({
  clusterArn: 'cluster',
  taskDefinitionArn: 'task',
  containerName: 'cdi',
  subnetIds: ['subnet'],
  securityGroupId: 'group',
  publishedBucket: 'published',
  runsPrefix: 'work/runs/',
  maxShards: 7,
});

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Retry?: readonly { readonly MaxAttempts: number; readonly BackoffRate: number }[];
  readonly TimeoutSeconds?: number;
}

const states: Readonly<Record<string, State>> = definition.States;
const { MergeShards } = definition.States;
const { MergeShard } = MergeShards.ItemProcessor.States;

test('every state is reached from the start, and every way ends', (t) => {
  const reached = new Set<string>();
  const toVisit: string[] = [definition.StartAt];
  for (const name of toVisit) {
    if (reached.has(name)) continue;
    reached.add(name);
    const state = states[name];
    if (state === undefined) return t.fail(`${name} is no state`);
    const next = [state.Next, state.Default, ...(state.Choices ?? []).map(({ Next }) => Next)];
    const following = next.filter((target) => target !== undefined);
    t.is(following.length === 0, ['Succeed', 'Fail'].includes(state.Type), name);
    toVisit.push(...following);
  }
  t.deepEqual([...reached].toSorted(), Object.keys(states).toSorted());
});

test('the tasks are commands of cdi', (t) => {
  const commands = [
    definition.States.Heal,
    definition.States.HealAgain,
    definition.States.Compact,
    MergeShard,
  ].map(({ Arguments }) => Arguments.Overrides.ContainerOverrides.map(({ Command }) => Command.join(' ')));
  t.deepEqual(commands, [
    ['heal --export-date {% $exportDate %}'],
    ['heal --export-date {% $exportDate %}'],
    ['compact --run {% $run %} {% $scope %}'],
    ['shard {% $states.input.job %}'],
  ]);
});

test('R-ONERETRY: a shard is tried again alone, with pauses that grow, and others go on meanwhile', (t) => {
  t.like(MergeShard.Retry, [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3, BackoffRate: 3 }]);
  t.like(MergeShards, { MaxConcurrency: 7, ToleratedFailurePercentage: 100 });
});

test('nothing runs for ever', (t) => {
  t.true(definition.TimeoutSeconds < 24 * 60 * 60);
  for (const [name, { Type, TimeoutSeconds }] of Object.entries({ ...states, MergeShard })) {
    if (Type === 'Task' && name !== 'ReadAnswer') t.truthy(TimeoutSeconds, name);
  }
});

test('only the answer done may end well; what is neither done nor pending fails', (t) => {
  t.deepEqual(definition.States.IsDone, {
    Type: 'Choice',
    Choices: [
      { Condition: "{% $answer.kind = 'done' %}", Next: 'IsHealed' },
      { Condition: "{% $answer.kind = 'pending' %}", Next: 'MergeShards' },
    ],
    Default: 'Failed',
  });
});
