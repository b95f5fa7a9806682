/**
 * Which consumers receive nothing at the moment, for people. Nothing is decided by a note, and one that is missing
 * stops nothing.
 *
 * A consumer notes its pause again and again while it lasts, and forgets it at the end; the note of a killed one
 * stays, and is told by its age. On DynamoDB it is an item whose hash key is the same for all pauses, so that one
 * query lists them; every other member is one call without a condition.
 */
export interface Pauses {
  /** Writes the note, or overwrites the holder's. */
  note(pause: Pause): Promise<void>;

  /** Does nothing when there is no note of the holder. */
  forget(holder: string): Promise<void>;

  /** The longest pause first, with those of consumers that are gone. */
  list(): Promise<readonly Pause[]>;

  close(): Promise<void>;
}

export interface Pause {
  /** As `newHolder` makes it; differs for each consumer. */
  readonly holder: string;
  /** For people. It must hold nothing of a record's contents. */
  readonly reason: string;
  readonly sinceMs: number;
  readonly notedAtMs: number;
}
