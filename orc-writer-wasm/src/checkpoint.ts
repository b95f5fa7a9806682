/** The state of a decoder at the beginning of a batch, to which it goes back when the batch cannot be finished. */
export interface Checkpoint {
  /** What was read so far is final. */
  keep(): void;
  /** What was read since `keep` is read again. */
  restore(): void;
}
