import { MemoryLimitError } from './errors.ts';

/** Counts bytes before they are allocated. */
export interface MemoryBudget {
  /** @throws {MemoryLimitError} when there is no room for so many more */
  spend(bytes: number): void;
}

export function memoryBudget(limit: number, what: string): MemoryBudget {
  let spent = 0;
  return {
    spend(bytes) {
      spent += bytes;
      if (spent > limit) throw overLimit(what, limit);
    },
  };
}

/** A batch has a second, lower bound, at which it ends. */
export interface BatchBudget extends MemoryBudget {
  /** A batch of so many rows begins. */
  begin(rows: number): void;
  spent: number;
}

/** Not an error of the file: the batch has to begin again with fewer rows. */
export class BatchTooLarge extends Error {}

export function batchBudget(batchBytes: number, limit: number): BatchBudget {
  let rows = 0;
  const budget: BatchBudget = {
    spent: 0,
    begin(newRows) {
      budget.spent = 0;
      rows = newRows;
    },
    spend(bytes) {
      budget.spent += bytes;
      if (budget.spent > batchBytes && rows > 1) throw new BatchTooLarge('a batch is too large');
      if (budget.spent > limit) throw overLimit('a batch', limit);
    },
  };
  return budget;
}

function overLimit(what: string, limit: number): MemoryLimitError {
  return new MemoryLimitError('memory-limit', `${what} takes more than ${limit} bytes`);
}
