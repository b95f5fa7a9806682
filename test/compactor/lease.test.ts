import test from 'ava';
import type { ExecutionContext } from 'ava';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LeaseHeldError, LeaseLostError, withLease } from '../../compactor/lease.ts';
import type { Leases } from '../../storage/leases.ts';
import { sqliteRunRegistry } from '../../storage/sqlite-run-registry.ts';

test('what a living one holds is refused to others, until it ends', async (t) => {
  const leases = await openLeases(t);
  const result = await withLease(leases, NAME, async () => {
    const [lease] = await leases.listLeases();
    t.regex(lease?.holder ?? '', /^[^:]+:\d+:[0-9a-f-]{36}$/);
    t.true(lease?.holder.startsWith(`${hostname()}:${process.pid}:`));
    const error = await t.throwsAsync(withLease(leases, NAME, notCalled), { instanceOf: LeaseHeldError });
    t.like(error, { holder: lease?.holder, expiresAtMs: lease?.expiresAtMs });
    return withLease(leases, 'another', async () => 'both');
  });
  t.is(result, 'both');
  t.is(await withLease(leases, NAME, async () => 'next'), 'next');
  t.deepEqual(await leases.listLeases(), []);
});

test('the lease of a process of this host is taken over at once when that was killed, and not before', async (t) => {
  const file = await makeFile(t);
  const leases = openRegistry(t, file);
  const script = fileURLToPath(new URL('hold-lease-in-process.ts', import.meta.url));
  const parameters = ['--disable-warning=ExperimentalWarning', script, file, NAME];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await t.throwsAsync(withLease(leases, NAME, notCalled), { instanceOf: LeaseHeldError });
  child.kill('SIGKILL');
  await once(child, 'close');
  const [orphan] = await leases.listLeases();
  t.true((orphan?.expiresAtMs ?? 0) > Date.now());
  t.is(await withLease(leases, NAME, async () => 'taken over'), 'taken over');
});

test('the lease of another host is taken when it has expired, whatever lives here', async (t) => {
  const leases = await openLeases(t);
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'close');
  const holder = `not-${hostname()}:${child.pid}:0`;
  await leases.acquireLease({ name: NAME, holder, ttlMs: 60_000 });
  await t.throwsAsync(withLease(leases, NAME, notCalled), { instanceOf: LeaseHeldError });
  await leases.renewLease({ name: NAME, holder, ttlMs: -1 });
  t.is(await withLease(leases, NAME, async () => 'taken'), 'taken');
});

test('a lease is kept for far longer than its term, and renewed no more after the end', async (t) => {
  const leases = await openLeases(t);
  let renewals = 0;
  const counting: Leases = {
    ...leases,
    renewLease: async (term) => {
      renewals += 1;
      return leases.renewLease(term);
    },
  };
  await withLease(
    counting,
    NAME,
    async (signal) => {
      await sleep(1_500);
      t.false(signal.aborted);
      await t.throwsAsync(withLease(leases, NAME, notCalled), { instanceOf: LeaseHeldError });
    },
    600,
  );
  const before = renewals;
  t.true(before > 1);
  await sleep(300);
  t.is(renewals, before);
});

test('R-NOTTL: who loses the lease is told, and leaves it to whoever has it', async (t) => {
  const leases = await openLeases(t);
  const result = await withLease(
    leases,
    NAME,
    async (signal) => {
      const [lease] = await leases.listLeases();
      await leases.acquireLease({
        name: NAME,
        holder: 'b',
        ttlMs: 60_000,
        takeOverFrom: lease?.holder ?? '',
      });
      await once(signal, 'abort');
      t.true(signal.reason instanceof LeaseLostError);
      return 'it may end all the same';
    },
    60,
  );
  t.is(result, 'it may end all the same');
  t.like(await leases.listLeases(), [{ name: NAME, holder: 'b' }]);
});

test('a renewal that fails is tried again, and the lease is given up when it has expired', async (t) => {
  const leases = await openLeases(t);
  const failure = new Error('connection refused');
  const startedAtMs = Date.now();
  let calls = 0;
  const unreachable: Leases = {
    ...leases,
    renewLease: async () => {
      calls += 1;
      throw failure;
    },
  };
  await withLease(
    unreachable,
    NAME,
    async (signal) => {
      await once(signal, 'abort');
      t.true(Date.now() - startedAtMs >= 150);
      t.true(calls > 1);
      t.is(signal.reason.cause, failure);
    },
    150,
  );
});

test('a lease is released when the action fails, with its error', async (t) => {
  const leases = await openLeases(t);
  const failure = new Error('rows_out ≠ rows_in');
  const error = await t.throwsAsync(withLease(leases, NAME, () => Promise.reject(failure)));
  t.is(error, failure);
  t.deepEqual(await leases.listLeases(), []);
});

test('a release that fails hides nothing of what the action did', async (t) => {
  const leases = await openLeases(t);
  const stuck: Leases = { ...leases, releaseLease: () => Promise.reject(new Error('connection refused')) };
  t.is(await withLease(stuck, NAME, async () => 'done'), 'done');
});

const NAME = 'core:contract +#🙂';

async function notCalled(): Promise<never> {
  throw new Error('the action was called without the lease');
}

async function openLeases(t: ExecutionContext): Promise<Leases> {
  return openRegistry(t, await makeFile(t));
}

function openRegistry(t: ExecutionContext, file: string): Leases {
  const registry = sqliteRunRegistry(file);
  t.teardown(() => registry.close());
  return registry;
}

async function makeFile(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi leases +#🙂 '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'state', 'runs.sqlite');
}
