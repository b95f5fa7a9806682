/** What a test does to worker threads, in memory that they share with it. */
export type Faults = Int32Array<SharedArrayBuffer>;

/** Places in {@link Faults}. */
export const FAULT = {
  /** Puts to the published store so far, those that failed included. */
  puts: 0,
  putDelayMs: 1,
  /** So many puts fail before one succeeds again. */
  putsFail: 2,
  /** So many puts end their thread. */
  putsKill: 3,
  /** Gets of source objects so far. */
  gets: 4,
  getDelayMs: 5,
  /** Above 0 every get fails. */
  getsFail: 6,
  /** The process is killed just before, or just after, the put of this number. */
  crashBeforePut: 7,
  crashAfterPut: 8,
} as const;

export function newFaults(): Faults {
  return new Int32Array(new SharedArrayBuffer(4 * Object.keys(FAULT).length));
}
