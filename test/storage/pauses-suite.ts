import type { ExecutionContext, TestFn } from 'ava';
import type { Pauses } from '../../storage/pauses.ts';

/** Declares what all notes of pauses must do. `open` gives a test a place of its own, without any. */
export function testPauses(test: TestFn, open: (t: ExecutionContext) => Promise<Pauses>): void {
  test('a note is overwritten by its holder alone, and forgotten', async (t) => {
    const pauses = await open(t);
    t.deepEqual(await pauses.list(), []);
    await pauses.note(PAUSE);
    const again = { ...PAUSE, reason: 'no answer within 5 s', notedAtMs: 1_795_000_060_000 };
    await pauses.note(again);
    const other = { ...PAUSE, holder: 'another', sinceMs: PAUSE.sinceMs + 1 };
    await pauses.note(other);
    t.deepEqual(await pauses.list(), [again, other]);
    await pauses.forget(PAUSE.holder);
    await pauses.forget('never noted');
    t.deepEqual(await pauses.list(), [other]);
  });

  test('the longest pause comes first', async (t) => {
    const pauses = await open(t);
    for (const [holder, sinceMs] of [
      ['a', 3],
      ['b', 1],
      ['c', 2],
    ] as const) {
      await pauses.note({ ...PAUSE, holder, sinceMs });
    }
    t.deepEqual(
      (await pauses.list()).map(({ holder }) => holder),
      ['b', 'c', 'a'],
    );
  });
}

const PAUSE = {
  holder: 'host:1:+#🙂',
  reason: 'the key service is out +#🙂',
  sinceMs: 1_795_000_000_000,
  notedAtMs: 1_795_000_000_123,
};
