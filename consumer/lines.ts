const LINE_FEED = 0x0a;

/** A line longer than this is not kept; the longest document a source database holds is 16 MiB. */
export const MAXIMUM_LINE_BYTES = 64 << 20;

/** Whole lines, each with its line feed but for the last of an object; or the place of one that is too long. */
export type LineBlock =
  | { readonly kind: 'lines'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-long' };

/**
 * Cuts inflated chunks into blocks of whole lines, copying only those that span chunks, and returns what the chunks
 * returned. When that is a fault, the line it broke off is dropped.
 */
export async function* lineBlocks<Fault>(
  chunks: AsyncGenerator<Uint8Array, Fault | undefined>,
  maximumLineBytes = MAXIMUM_LINE_BYTES,
): AsyncGenerator<LineBlock, Fault | undefined> {
  await using _ = chunks;
  let begun: Uint8Array[] = [];
  let begunBytes = 0;
  let isTooLong = false;
  for (;;) {
    const next = await chunks.next();
    if (next.done) {
      if (next.value !== undefined) return next.value;
      if (isTooLong) yield { kind: 'too-long' };
      else if (begunBytes > 0) yield { kind: 'lines', bytes: join(begun) };
      return undefined;
    }
    let chunk = next.value;
    if (isTooLong) {
      const end = chunk.indexOf(LINE_FEED);
      if (end < 0) continue;
      yield { kind: 'too-long' };
      isTooLong = false;
      chunk = chunk.subarray(end + 1);
    }
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end > 0) {
      yield { kind: 'lines', bytes: join([...begun, chunk.subarray(0, end)]) };
      begun = [];
      begunBytes = 0;
    }
    if (end < chunk.length) {
      begun.push(chunk.subarray(end));
      begunBytes += chunk.length - end;
    }
    if (begunBytes > maximumLineBytes) {
      isTooLong = true;
      begun = [];
      begunBytes = 0;
    }
  }
}

function join(pieces: Uint8Array[]): Uint8Array {
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}
