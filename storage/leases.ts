/**
 * Who works on what, so that two do not work on the same for nothing. Correctness never rests on a lease (R-NOTTL): one
 * that expired under a slow holder leaves two at work. What they publish is compared and swapped, and what they write
 * is named for its content, so the slower of them loses its work and nothing else.
 *
 * A lease is free when it was never taken, was released or has expired, by the clock of whoever asks. On DynamoDB it is
 * an item whose hash key is the same for all leases, so that one query lists them; every write is one call with one
 * condition, and who is refused reads once more who holds it. The item has no `TimeToExist`.
 */
export interface Leases {
  /** Takes a lease that is free, the holder's own already, or held by exactly `takeOverFrom`. */
  acquireLease(request: LeaseRequest): Promise<AcquireLeaseResult>;

  /** False if it is not the holder's any more. One that has expired is renewed if nobody else took it. */
  renewLease(term: LeaseTerm): Promise<boolean>;

  /** Does nothing when it is not the holder's. */
  releaseLease(lease: Pick<LeaseTerm, 'name' | 'holder'>): Promise<void>;

  /** In the order of their names, with those that expired. */
  listLeases(): Promise<readonly Lease[]>;
}

export interface Lease {
  readonly name: string;
  /** Differs for each who ever asks, also within one process. */
  readonly holder: string;
  readonly expiresAtMs: number;
}

export interface LeaseTerm {
  readonly name: string;
  readonly holder: string;
  /** From now. */
  readonly ttlMs: number;
}

export interface LeaseRequest extends LeaseTerm {
  /** A holder that is known to be dead. */
  readonly takeOverFrom?: string;
}

export type AcquireLeaseResult =
  | { readonly kind: 'acquired' }
  | { readonly kind: 'held'; readonly holder: string; readonly expiresAtMs: number };
