/** How the bytes of `memoryLimit` are shared out: by rows and options alone, so that the file depends on nothing else. */
export interface WriterMemory {
  /** The most that the ring between helper threads takes. */
  readonly ringBytes: number;
  /** Of rows that are encoded before the stripe is looked at. */
  readonly spanBytes: number;
  /** Of a row, and of what was encoded with it. */
  readonly longestSpanBytes: number;
  /** What the open stripe may come to, when the longest span so far had so many bytes. */
  stripeBytes(longestSpanBytes: number): number;
}

/** Long values are not encoded further than this at once, however much memory there is. */
const MOST_SPAN_BYTES = 16 * 2 ** 20;

/** Copies of a span: gathered from rows, in wasm memory, and there in blocks of powers of two, old and new. */
const SPAN_COPIES = 6;

export function writerMemory(limit: number): WriterMemory {
  const spanBytes = Math.min(MOST_SPAN_BYTES, limit / 64);
  return {
    ringBytes: limit / 8,
    spanBytes,
    longestSpanBytes: limit / 10,
    // A sixteenth is left for runs that are not finished, a span's worth for each.
    stripeBytes: (longestSpanBytes) =>
      limit * (1 - 1 / 8 - 1 / 16) - SPAN_COPIES * Math.max(spanBytes, longestSpanBytes),
  };
}
