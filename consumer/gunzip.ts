import { createGunzip, gunzipSync } from 'node:zlib';

/** How the bytes of an object can be less than whole gzip. */
export type GzipFault = 'not-gzip' | 'truncated-gzip';

/** Objects up to this size are inflated in one call, which costs a third of what streaming a small one does. */
const SMALL_BYTES = 1 << 20;
const SMALL_INFLATED_BYTES = 64 << 20;
/** What one step of a stream takes in: after a fault, what is lost before it is at most this much. */
const STEP_BYTES = 16 << 10;

/**
 * Inflates every member of a gzip body, and returns why it ended early, if it did; all that was decoded before a
 * fault has been yielded. An empty body is not gzip. Memory does not depend on the body's size.
 */
export async function* gunzip(
  body: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, GzipFault | undefined> {
  if (size > SMALL_BYTES) return yield* inflateStream(body);
  const compressed = await collect(body);
  if (compressed.length === 0) return 'not-gzip';
  const inflated = inflateSmall(compressed);
  if (inflated === undefined) return yield* inflateStream([compressed]);
  yield inflated;
  return undefined;
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Undefined for anything out of the ordinary, which the stream then tells apart. */
function inflateSmall(compressed: Uint8Array): Uint8Array | undefined {
  // A member's last four bytes are its inflated size; a hint, since there may be more members.
  const end = compressed.length;
  const hint = end < 18 ? 0 : new DataView(compressed.buffer, compressed.byteOffset).getUint32(end - 4, true);
  try {
    return gunzipSync(compressed, {
      chunkSize: Math.min(Math.max(hint + 64, 16 << 10), 4 << 20),
      maxOutputLength: SMALL_INFLATED_BYTES,
    });
  } catch {
    return undefined;
  }
}

async function* inflateStream(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, GzipFault | undefined> {
  const stream = createGunzip({ chunkSize: 64 << 10 });
  const output: Uint8Array[] = [];
  let error: Error | undefined;
  let magic = Buffer.alloc(0);
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
    for await (const chunk of body) {
      if (magic.length < 2) magic = Buffer.concat([magic, chunk.subarray(0, 2)]);
      for (let at = 0; at < chunk.length && error === undefined; at += STEP_BYTES) {
        await step((done) => stream.write(chunk.subarray(at, at + STEP_BYTES), done));
        yield* output.splice(0);
      }
      if (error !== undefined) break;
    }
    if (error === undefined) await step((done) => stream.end().once('end', done));
    yield* output.splice(0);
    if (error === undefined) return undefined;
    return isGzip(magic) ? 'truncated-gzip' : 'not-gzip';
  } finally {
    stream.destroy();
  }
}

function isGzip(magic: Uint8Array): boolean {
  return magic[0] === 0x1f && (magic.length === 1 || magic[1] === 0x8b);
}
