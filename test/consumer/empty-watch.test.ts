import test from 'ava';
import { setTimeout as sleep } from 'node:timers/promises';
import { emptyWatch } from '../../consumer/empty-watch.ts';
import type { QueueDepth } from '../../consumer/queue.ts';

const EMPTY: QueueDepth = { visible: 0, inFlight: 0, delayed: 0, dead: 3, oldestSentAt: undefined };

for (const where of ['visible', 'inFlight', 'delayed'] as const) {
  test(`R-DRAIN: a message ${where} begins the time anew in which a depth that lags must be zero`, async (t) => {
    const watch = emptyWatch(50);
    t.false(watch.isEmpty(EMPTY));
    await sleep(60);
    t.false(watch.isEmpty({ ...EMPTY, [where]: 1 }));
    t.false(watch.isEmpty(EMPTY));
    await sleep(60);
    t.true(watch.isEmpty(EMPTY));
  });
}

test('R-DRAIN: a message that was received begins the time anew', async (t) => {
  const watch = emptyWatch(50);
  t.false(watch.isEmpty(EMPTY));
  await sleep(60);
  watch.messageSeen();
  t.false(watch.isEmpty(EMPTY));
});

test('R-DRAIN: one look at an exact depth is enough, and one that is not told says nothing', (t) => {
  t.true(emptyWatch(0).isEmpty(EMPTY));
  t.false(emptyWatch(0).isEmpty({ ...EMPTY, visible: Number.NaN }));
});
