import { nameKey } from '../schemas/collection.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { isDead, newHolder } from '../storage/holder.ts';
import type { AcquireLeaseResult, Lease, Leases, LeaseTerm } from '../storage/leases.ts';

/**
 * Runs the action while it holds the lease of this name: renews it three times a term, and releases it at the end
 * however that is. The signal aborts with a {@link LeaseLostError} when somebody else may have the lease; what the
 * action does all the same harms nobody, see {@link Leases}.
 *
 * A dead holder's lease is taken over at once if it was a process of this host, otherwise when it has expired.
 * Containers that share a host name but no processes may err there, and only make each other lose their leases.
 *
 * @throws {LeaseHeldError} before the action, when a living one holds it.
 */
export async function withLease<T>(
  leases: Leases,
  name: string,
  action: (signal: AbortSignal) => Promise<T>,
  ttlMs = 30_000,
): Promise<T> {
  const term = { name, holder: newHolder(), ttlMs };
  const renewal = keepRenewing(leases, term, await acquire(leases, term));
  try {
    return await action(renewal.lost);
  } finally {
    renewal.stop();
    // It expires by itself; how the action ended counts for more.
    await leases.releaseLease(term).catch(() => {});
  }
}

/** The lease of whoever publishes or removes versions of a collection. */
export function leaseOf(collection: CollectionName): string {
  return `compaction of ${nameKey(collection)}`;
}

/** A living holder has the lease. */
export class LeaseHeldError extends Error {
  override readonly name = 'LeaseHeldError';
  readonly holder: string;
  readonly expiresAtMs: number;

  constructor(lease: string, { holder, expiresAtMs }: Omit<Lease, 'name'>) {
    super(`${lease} is in work at ${holder}, whose lease ends at ${new Date(expiresAtMs).toISOString()}`);
    this.holder = holder;
    this.expiresAtMs = expiresAtMs;
  }
}

/** The lease is another's, or expired while it could not be renewed. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor(lease: string, cause?: unknown) {
    super(`the lease of ${lease} was lost`, { cause });
  }
}

/** When the lease expires, at the earliest. */
async function acquire(leases: Leases, term: LeaseTerm): Promise<number> {
  const expiresAtMs = Date.now() + term.ttlMs;
  let result: AcquireLeaseResult = await leases.acquireLease(term);
  if (result.kind === 'held' && isDead(result.holder)) {
    result = await leases.acquireLease({ ...term, takeOverFrom: result.holder });
  }
  if (result.kind === 'held') throw new LeaseHeldError(term.name, result);
  return expiresAtMs;
}

interface Renewal {
  readonly lost: AbortSignal;
  stop(): void;
}

function keepRenewing(leases: Leases, term: LeaseTerm, firstExpiresAtMs: number): Renewal {
  const lost = new AbortController();
  let expiresAtMs = firstExpiresAtMs;
  const timer = setInterval(() => void renew(), term.ttlMs / 3);

  async function renew(): Promise<void> {
    const nextExpiresAtMs = Date.now() + term.ttlMs;
    try {
      if (await leases.renewLease(term)) expiresAtMs = nextExpiresAtMs;
      else lose();
    } catch (error) {
      // The next try may come in time.
      if (Date.now() >= expiresAtMs) lose(error);
    }
  }

  function lose(cause?: unknown): void {
    clearInterval(timer);
    lost.abort(new LeaseLostError(term.name, cause));
  }

  return { lost: lost.signal, stop: () => clearInterval(timer) };
}
