/** First and last id_part, as numbers from 0 to 255. */
export interface IdPartRange {
  readonly first: number;
  readonly last: number;
}

/** A day of ordinary size makes up to so many files, so that several threads can share it. */
const FILES_FOR_THREADS = 8;
const BYTES_WORTH_A_FILE = 64 * 2 ** 20;
/** Makes about 256 MiB. */
const BYTES_OF_A_RANGE = 2 ** 30;

/**
 * The ranges that a version is cut into; each begins a new file. They follow from the amount of data alone, not from
 * how many shards merge it, and their number is a power of two.
 *
 * @param rawBytes - uncompressed
 */
export function rangesFor(rawBytes: number): readonly IdPartRange[] {
  const wanted = Math.max(
    rawBytes / BYTES_OF_A_RANGE,
    Math.min(FILES_FOR_THREADS, rawBytes / BYTES_WORTH_A_FILE),
  );
  const count = Math.min(256, 2 ** Math.max(0, Math.ceil(Math.log2(wanted))));
  const width = 256 / count;
  return Array.from({ length: count }, (_, i) => ({ first: i * width, last: (i + 1) * width - 1 }));
}

/** Cuts the ranges into at most so many groups of neighbours, as equal as can be. */
export function shardsOf(
  ranges: readonly IdPartRange[],
  shards: number,
): readonly (readonly IdPartRange[])[] {
  const count = Math.min(shards, ranges.length);
  return Array.from({ length: count }, (_, i) =>
    ranges.slice(Math.round((i * ranges.length) / count), Math.round(((i + 1) * ranges.length) / count)),
  );
}

/** `00-7f` */
export function rangeText({ first, last }: IdPartRange): string {
  return `${hexDigits(first)}-${hexDigits(last)}`;
}

/** The range that the name of a file begins with. */
export function rangeOfName(name: string): IdPartRange {
  return { first: Number.parseInt(name.slice(0, 2), 16), last: Number.parseInt(name.slice(3, 5), 16) };
}

/** An id_part as it is in rows: two lower-case hex digits. */
export function hexDigits(idPart: number): string {
  return idPart.toString(16).padStart(2, '0');
}
