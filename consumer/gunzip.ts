import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { isErrorCode } from '../storage/error-code.ts';

/** How the bytes of an object can be less than whole gzip. */
export type GzipFault = 'not-gzip' | 'truncated-gzip';

/** Objects up to this size are inflated in one call: for one of 20 KB a stream costs up to twice as much. */
const SMALL_BYTES = 1 << 20;
const SMALL_INFLATED_BYTES = 64 << 20;
/** What one step of a stream takes in: of data that is damaged, not only cut short, a step with a fault is lost. */
const STEP_BYTES = 64 << 10;

/**
 * Inflates every member of a gzip body, and returns why it ended early, if it did; all that was decoded before a
 * fault has been yielded. An empty body is not gzip; NULs behind the last member are padding. Memory does not depend
 * on the body's size, nor what is yielded in all on how the body comes in chunks.
 */
export async function* gunzip(
  body: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, GzipFault | undefined> {
  if (size > SMALL_BYTES) return yield* inflateStream(body);
  const compressed = await collect(body);
  const whole = inflateWhole(compressed);
  if (whole === 'large') return yield* inflateStream([compressed]);
  yield whole ?? inflateSound(compressed);
  return whole === undefined ? faultOf(compressed) : undefined;
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Undefined when there is a fault. */
function inflateWhole(compressed: Uint8Array): Uint8Array | 'large' | undefined {
  // A member's last four bytes are its inflated size; a hint, since there may be more members.
  const end = compressed.length;
  const hint = end < 18 ? 0 : new DataView(compressed.buffer, compressed.byteOffset).getUint32(end - 4, true);
  try {
    const { buffer, engine } = gunzipSync(compressed, {
      chunkSize: Math.min(Math.max(hint + 64, 16 << 10), 4 << 20),
      maxOutputLength: SMALL_INFLATED_BYTES,
      info: true,
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } }; // The types don't know `info`.
    // It stops for good at a NUL behind a member, and says nothing of what follows.
    return isPadding(compressed.subarray(engine.bytesWritten)) ? buffer : undefined;
  } catch (error) {
    return isErrorCode(error, 'ERR_BUFFER_TOO_LARGE') ? 'large' : undefined;
  }
}

/** What inflates before the first fault. A call that meets it gives nothing, so its place is found by halving. */
function inflateSound(compressed: Uint8Array): Uint8Array {
  let inflated: Uint8Array = new Uint8Array();
  let sound = 0;
  let faulty = compressed.length + 1;
  for (let end = compressed.length; faulty - sound > 1; end = (sound + faulty) >>> 1) {
    try {
      inflated = gunzipSync(compressed.subarray(0, end), { finishFlush: constants.Z_SYNC_FLUSH });
      sound = end;
    } catch {
      faulty = end;
    }
  }
  return inflated;
}

async function* inflateStream(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, GzipFault | undefined> {
  const stream = createGunzip({ chunkSize: 256 << 10 });
  const output: Uint8Array[] = [];
  let error: Error | undefined;
  let first: Uint8Array = new Uint8Array();
  let given = 0;
  const takeOutput = () => {
    for (let chunk: unknown; (chunk = stream.read()) instanceof Uint8Array;) output.push(chunk);
  };
  let endStep = () => {};
  stream.on('readable', takeOutput);
  stream.on('error', (fault) => {
    error ??= fault;
    endStep();
  });

  /** Puts one piece in and resolves when all that it inflates to is in `output`. */
  const step = (act: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      endStep = resolve;
      act(() => {
        takeOutput();
        resolve();
      });
    });

  try {
    for await (const piece of piecesOf(body, STEP_BYTES)) {
      if (given === 0) first = piece;
      // At a NUL behind a member it stops for good.
      if (stream.bytesWritten === given) await step((done) => stream.write(piece, done));
      given += piece.length;
      yield* output.splice(0);
      if (error !== undefined) break;
      const ignored = Math.min(given - stream.bytesWritten, piece.length);
      if (!isPadding(piece.subarray(piece.length - ignored))) return 'truncated-gzip';
    }
    if (error === undefined && stream.bytesWritten === given) {
      await step((done) => stream.end().once('end', done));
      yield* output.splice(0);
    }
    if (error === undefined) return undefined;
    return faultOf(first);
  } finally {
    stream.destroy();
  }
}

/** The bytes in pieces of one size, the last one shorter, copying only those that span chunks. */
async function* piecesOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  let begun: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    let at = 0;
    if (begun.length > 0) {
      at = pieceBytes - begun.length;
      begun = Buffer.concat([begun, chunk.subarray(0, at)]);
      if (begun.length < pieceBytes) continue;
      yield begun;
    }
    for (; at + pieceBytes <= chunk.length; at += pieceBytes) yield chunk.subarray(at, at + pieceBytes);
    begun = chunk.subarray(at);
  }
  if (begun.length > 0) yield begun;
}

function isPadding(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** @param start at least the first two bytes, if there are as many */
function faultOf(start: Uint8Array): GzipFault {
  return start[0] === 0x1f && (start.length === 1 || start[1] === 0x8b) ? 'truncated-gzip' : 'not-gzip';
}
