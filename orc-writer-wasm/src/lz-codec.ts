import { borrowCore, region, type Core } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { copyIn, SLACK } from './workspace.ts';

/** The codecs that Node does not have. */
export type LzKind = 'SNAPPY' | 'LZO' | 'LZ4';

/** Compresses one block without any framing. */
export function compressLz(kind: LzKind, block: Uint8Array): Uint8Array {
  const { core, input, output } = memory();
  const source = copyIn(core, input, block);
  const out = output.reserve(block.length + Math.ceil(block.length / 6) + ROOM_MORE);
  const length = core.kernels[`compress${names[kind]}`](source, block.length, out);
  return core.bytes.slice(out, out + length);
}

/** @throws {CorruptStreamError} when it is not such a block, or one of over `blockSize` bytes */
export function decompressLz(kind: LzKind, content: Uint8Array, blockSize: number): Uint8Array {
  const { core, input, output } = memory();
  const source = copyIn(core, input, content);
  const out = output.reserve(blockSize + SLACK);
  const length = core.kernels[`decompress${names[kind]}`](source, content.length, out, blockSize);
  if (length < 0) throw new CorruptStreamError('bad-block', `a block is not ${kind}`);
  return core.bytes.slice(out, out + length);
}

/** What the worst block grows by, besides a sixth. */
const ROOM_MORE = 64;

/** Of the kernels. */
const names = { SNAPPY: 'Snappy', LZ4: 'Lz4', LZO: 'Lzo' } as const;

interface CodecMemory {
  readonly core: Core;
  readonly input: ReturnType<typeof region>;
  readonly output: ReturnType<typeof region>;
}

/** One for the thread: a call is over before the next one begins. */
let shared: CodecMemory | undefined;

function memory(): CodecMemory {
  if (shared === undefined) {
    const core = borrowCore();
    shared = { core, input: region(core), output: region(core) };
  }
  return shared;
}
