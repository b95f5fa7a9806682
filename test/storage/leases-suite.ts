import type { ExecutionContext, TestFn } from 'ava';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Leases } from '../../storage/leases.ts';

/** Declares what all leases must do. `open` gives a test a place of its own, without any. */
export function testLeases(test: TestFn, open: (t: ExecutionContext) => Promise<Leases>): void {
  test('a lease has one holder, who may take it again, and of whom the others learn', async (t) => {
    const leases = await open(t);
    t.deepEqual(await leases.acquireLease({ name: NAME, holder: 'a', ttlMs: 60_000 }), { kind: 'acquired' });
    t.deepEqual(await leases.acquireLease({ name: NAME, holder: 'a', ttlMs: 90_000 }), { kind: 'acquired' });
    const held = await leases.acquireLease({ name: NAME, holder: 'b', ttlMs: 60_000 });
    t.like(held, { kind: 'held', holder: 'a' });
    t.true(held.kind === 'held' && Math.abs(held.expiresAtMs - Date.now() - 90_000) < 10_000);
    t.deepEqual(await leases.acquireLease({ name: 'another', holder: 'b', ttlMs: 1 }), { kind: 'acquired' });
  });

  test('a lease is renewed and released by its holder alone', async (t) => {
    const leases = await open(t);
    await leases.acquireLease({ name: NAME, holder: 'a', ttlMs: 60_000 });
    t.false(await leases.renewLease({ name: NAME, holder: 'b', ttlMs: 60_000 }));
    t.false(await leases.renewLease({ name: 'never taken', holder: 'a', ttlMs: 60_000 }));
    await leases.releaseLease({ name: NAME, holder: 'b' });
    await leases.releaseLease({ name: 'never taken', holder: 'a' });

    t.true(await leases.renewLease({ name: NAME, holder: 'a', ttlMs: 120_000 }));
    const [lease] = await leases.listLeases();
    t.true(Math.abs((lease?.expiresAtMs ?? 0) - Date.now() - 120_000) < 10_000);
    await leases.releaseLease({ name: NAME, holder: 'a' });
    t.deepEqual(await leases.listLeases(), []);
    t.false(await leases.renewLease({ name: NAME, holder: 'a', ttlMs: 60_000 }));
    t.deepEqual(await leases.acquireLease({ name: NAME, holder: 'b', ttlMs: 60_000 }), { kind: 'acquired' });
  });

  test('a lease that has expired is its holder’s until somebody else takes it', async (t) => {
    const leases = await open(t);
    await leases.acquireLease({ name: NAME, holder: 'a', ttlMs: 1 });
    await sleep(10);
    t.true(await leases.renewLease({ name: NAME, holder: 'a', ttlMs: 1 }));
    await sleep(10);
    t.deepEqual(await leases.acquireLease({ name: NAME, holder: 'b', ttlMs: 60_000 }), { kind: 'acquired' });
    t.false(await leases.renewLease({ name: NAME, holder: 'a', ttlMs: 60_000 }));
    await leases.releaseLease({ name: NAME, holder: 'a' });
    t.like(await leases.listLeases(), [{ name: NAME, holder: 'b' }]);
  });

  test('R-CAS: a lease is taken over from the holder that was meant, and from no other', async (t) => {
    const leases = await open(t);
    const term = { name: NAME, ttlMs: 60_000 };
    await leases.acquireLease({ ...term, holder: 'dead' });
    t.like(await leases.acquireLease({ ...term, holder: 'b', takeOverFrom: 'other' }), { holder: 'dead' });
    const heirs = ['b', 'c', 'd'].map((holder) =>
      leases.acquireLease({ ...term, holder, takeOverFrom: 'dead' }),
    );
    t.is((await Promise.all(heirs)).filter(({ kind }) => kind === 'acquired').length, 1);
  });

  test('leases are listed by name, expired ones too', async (t) => {
    const leases = await open(t);
    for (const name of ['b', NAME, 'a']) await leases.acquireLease({ name, holder: `of ${name}`, ttlMs: 1 });
    await sleep(10);
    t.like(await leases.listLeases(), [
      { name: 'a', holder: 'of a' },
      { name: 'b', holder: 'of b' },
      { name: NAME, holder: `of ${NAME}` },
    ]);
  });
}

const NAME = 'core:contract +#🙂';
