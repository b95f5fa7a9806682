/** Rows of several batches: a slot and a row of its batch each, two 32-bit numbers. */
export interface Picks {
  readonly address: number;
  readonly count: number;
}

export const PICK_BYTES = 8;
