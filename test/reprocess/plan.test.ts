import test from 'ava';
import { planReprocess, type ListedSource, type PlanRequest } from '../../reprocess/plan.ts';

const folder = 'corporate_storage/ucfs_main/2026/11/17/core/contract/';
const request: PlanRequest = { collections: [], from: '2026-11-18', to: '2026-11-18', mode: 'merge' };

function listed(name: string, size = 10, eTag = name, inFolder = folder): ListedSource {
  return { key: `${inFolder}${name}`, size, eTag };
}

function keptNames(listing: readonly ListedSource[], asked = request): string[] {
  return planReprocess(listing, asked).objects.map(({ key }) => key.slice(key.lastIndexOf('/') + 1));
}

const [first, second] = ['db.core.contract_0_0-4.jsonl.gz', 'db.core.contract_0_5-9.jsonl.gz'] as const;
const whole = 'db.core.contract_0_0_9.jsonl.gz';

const keeps = test.macro({
  exec(t, listing: readonly ListedSource[], names: readonly string[]) {
    t.deepEqual(keptNames(listing).toSorted(), names);
    t.deepEqual(keptNames(listing.toReversed()).toSorted(), names, 'in another order');
  },
  title: (title = '') => title,
});

test(
  'originals are left out when the coalesced object is all of them',
  keeps,
  [listed(first), listed(second), listed(whole, 20)],
  [whole],
);
test(
  'originals are sent when the coalesced object lacks bytes of one',
  keeps,
  [listed(first), listed(second), listed(whole, 10)],
  [first, second, whole].toSorted(),
);
test(
  'an original is sent when its neighbour is gone, as nothing tells whether it is in the coalesced object',
  keeps,
  [listed(second), listed(whole, 10)],
  [second, whole].toSorted(),
);
test(
  'an original that lies only partly in the range is sent',
  keeps,
  [listed('db.core.contract_0_5-12.jsonl.gz'), listed(whole, 10)],
  ['db.core.contract_0_5-12.jsonl.gz', whole].toSorted(),
);
test(
  'originals of another partition, topic or folder are sent',
  keeps,
  [
    listed('db.core.contract_1_0-9.jsonl.gz'),
    listed('db.core.contractOther_0_0-9.jsonl.gz'),
    listed('db.core.contract_0_0-9.jsonl.gz', 10, 'x', folder.replace('ucfs_main', 'replay')),
    listed(whole),
  ],
  [
    'db.core.contract_0_0-9.jsonl.gz',
    'db.core.contractOther_0_0-9.jsonl.gz',
    whole,
    'db.core.contract_1_0-9.jsonl.gz',
  ].toSorted(),
);
test(
  'a copy with the same bytes is left out',
  keeps,
  [listed(whole, 20, 'e'), listed(`${whole}.2`, 20, 'e')],
  [whole],
);
test(
  'a copy with other bytes is sent',
  keeps,
  [listed(whole, 20, 'e'), listed(`${whole}.2`, 20, 'f')],
  [whole, `${whole}.2`],
);
test(
  'a copy of which no eTag is known is sent',
  keeps,
  [listed(whole, 20, ''), listed(`${whole}.2`, 20, '')],
  [whole, `${whole}.2`],
);

test('the collection is that of the topic, whatever the folder', (t) => {
  const agent = 'corporate_storage/ucfs_main/2026/11/17/agent_core/agentToDo/';
  const archive = listed('db.agent-core.agentToDoArchive_0_0-4.jsonl.gz', 1, 'e', agent);
  const toDo = listed('db.agent-core.agentToDo_0_0-4.jsonl.gz', 1, 'e', agent);
  const collections = [{ db: 'agent-core', collection: 'agentToDoArchive' }];
  t.deepEqual(
    planReprocess([archive, toDo], { ...request, collections }).objects.map(({ key }) => key),
    [archive.key],
  );
});

test('export dates are the days after those of the folders, first and last included', (t) => {
  const days = ['16', '17', '18', '19'].map((day) =>
    listed(first, 1, 'e', folder.replace('/17/', `/${day}/`)),
  );
  const { objects } = planReprocess(days, { ...request, to: '2026-11-19' });
  t.deepEqual(
    objects.map(({ exportDate }) => exportDate),
    ['2026-11-18', '2026-11-19'],
  );
});

test('each day tells of its objects, bytes and lines, and what is left out of it', (t) => {
  const plan = planReprocess(
    [listed(first), listed(second), listed(whole, 20), listed('_SUCCESS', 0)],
    request,
  );
  t.deepEqual(plan.days, [
    {
      collection: 'core:contract',
      exportDate: '2026-11-18',
      objects: 1,
      bytes: 20,
      estimatedLines: 10,
      leftOut: 2,
    },
  ]);
  t.deepEqual(
    plan.leftOut.map(({ key, why }) => [key.slice(folder.length), why]),
    [
      ['_SUCCESS', 'not named like data'],
      [first, `all of it is in ${whole}`],
      [second, `all of it is in ${whole}`],
    ],
  );
});

test('the digest is that of the mode and what is sent, in any order', (t) => {
  const listing = [listed(first), listed(second)];
  const { digest } = planReprocess(listing, request);
  t.is(planReprocess(listing.toReversed(), { ...request, to: '2026-12-01' }).digest, digest);
  const others = [
    planReprocess(listing, { ...request, mode: 'replace' }),
    planReprocess([listed(first)], request),
    planReprocess([listed(first), listed(second, 11)], request),
    planReprocess([listed(first), listed(second, 10, 'other')], request),
  ];
  t.is(new Set([digest, ...others.map((other) => other.digest)]).size, 5);
});
