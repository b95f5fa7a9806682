import {
  constants,
  createInflateRaw,
  createZstdCompress,
  createZstdDecompress,
  type ZstdOptions,
} from 'node:zlib';

/**
 * Does one block through a context of zlib or zstd that is kept from block to block, into memory that is kept as well:
 * what comes back is good until the next call, of any of them. The functions of `node:zlib` that do a block at once set
 * up a stream, a context and an output each time, which takes up to twice as long as the work itself.
 *
 * Undefined is no verdict: the block is damaged, longer than the room for it, or Node is not what it was, so a function
 * of `node:zlib` has to do it, and to say what is wrong.
 */
export type KeptCodec = (block: Uint8Array, mostBytes: number) => Uint8Array | undefined;

/** What Node keeps behind a stream of `node:zlib`. It promises none of it. */
interface Innards {
  readonly _handle?: Partial<Handle> | null;
  /** How much room was left in the output, and how much of the input was not used. */
  readonly _writeState?: Uint32Array;
}

interface Handle {
  onerror: () => void;
  reset(): void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputLength: number,
    output: Uint8Array,
    outputAt: number,
    outputLength: number,
  ): void;
}

// No deflate: the bytes it gives after a reset depend on the blocks before, as it looks for matches in what they left.
const kinds = {
  inflate: { make: createInflateRaw, end: constants.Z_FINISH, isReset: true },
  // To reset it would forget its level; at the end of a frame it is ready for the next one.
  zstdCompress: { make: createZstdCompress, end: constants.ZSTD_e_end, isReset: false },
  zstdDecompress: { make: createZstdDecompress, end: constants.ZSTD_e_end, isReset: true },
} as const;

/** Those of this thread, by kind and options: each holds up to some MB outside of the heap. */
const codecs = new Map<string, KeptCodec>();

export function keptCodec(kind: keyof typeof kinds, options: ZstdOptions = {}): KeptCodec {
  const name = `${kind} ${JSON.stringify(options)}`;
  let codec = codecs.get(name);
  if (codec === undefined) codecs.set(name, (codec = newCodec(kind, options)));
  return codec;
}

function newCodec(kind: keyof typeof kinds, options: ZstdOptions): KeptCodec {
  const { make, end, isReset } = kinds[kind];
  let context: ReturnType<typeof newContext>;
  return (block, mostBytes) => {
    context ??= newContext(make(options) as Innards);
    if (context === undefined) return undefined;
    const { handle, state } = context;
    if (isReset) handle.reset();
    // One byte more than may come out shows that it all came out.
    const output = room(mostBytes + 1);
    handle.writeSync(end, block, 0, block.length, output, 0, mostBytes + 1);
    const [roomLeft = 0, inputLeft = 0] = state;
    if (!context.hasFailed && roomLeft > 0 && inputLeft === 0) {
      return output.subarray(0, mostBytes + 1 - roomLeft);
    }
    context = undefined;
    return undefined;
  };
}

function newContext(stream: Innards) {
  const { _handle: handle, _writeState: state } = stream;
  if (!isHandle(handle) || !(state instanceof Uint32Array)) return undefined;
  // The stream is kept, as its end would be that of the handle.
  const context = { stream, handle, state, hasFailed: false };
  handle.onerror = () => (context.hasFailed = true);
  return context;
}

function isHandle(handle: Partial<Handle> | null | undefined): handle is Handle {
  return typeof handle?.writeSync === 'function' && typeof handle.reset === 'function';
}

let memory = Buffer.alloc(0);

function room(length: number): Buffer {
  if (memory.length < length) memory = Buffer.allocUnsafeSlow(length);
  return memory;
}
