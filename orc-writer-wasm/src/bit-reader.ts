import type { ByteStream, Positions } from './byte-stream.ts';
import { region, type Core } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { byteReader } from './run-reader.ts';
import { SLACK } from './workspace.ts';

/** Some of the slots of a vector; address 0 means all. */
export interface Slots {
  readonly address: number;
  readonly count: number;
  /** A bit a slot, as `present` in `ColumnVector`; undefined for all. */
  readonly bits: Uint8Array | undefined;
}

export interface BitReader {
  /** Takes a bit for each of these slots, out of `size`. The result, without a bit for the others, is its ones. */
  read(size: number, slots: Slots): Slots & { readonly bits: Uint8Array };
  seek(positions: Positions): void;
}

/** Bits in byte RLE, most significant first. */
export function bitReader(core: Core, stream: ByteStream): BitReader {
  const bytes = byteReader(core, stream);
  const packed = region(core);
  const fresh = region(core);
  let bit = 0;
  let held = -1;
  let kept = { bit, held };
  stream.checkpoints.push({
    keep() {
      kept = { bit, held };
    },
    restore() {
      ({ bit, held } = kept);
    },
  });

  return {
    read(size, slots) {
      // A byte that the previous call did not use up is read again from where it was kept.
      const fromHeld = held >= 0 ? 1 : 0;
      const byteCount = (bit + slots.count + 7) >> 3;
      const next = bytes.read(byteCount - fromHeld);
      const source = fresh.reserve(byteCount + SLACK);
      if (fromHeld === 1) core.bytes[source] = held;
      core.bytes.copyWithin(source + fromHeld, next, next + byteCount - fromHeld);
      const address = packed.reserve((size >> 3) + SLACK);
      const count = core.kernels.unpackBits(source, bit, slots.address, size, address);
      bit = (bit + slots.count) & 7;
      held = bit === 0 ? -1 : (core.bytes[source + byteCount - 1] ?? 0);
      return { address, count, bits: core.bytes.slice(address, address + ((size + 7) >> 3)) };
    },
    seek(positions) {
      bytes.seek(positions);
      bit = positions.next();
      if (bit > 7)
        throw new CorruptStreamError('bad-position', 'a row index entry skips more than a byte of bits');
      held = bit === 0 ? -1 : (core.bytes[bytes.read(1)] ?? 0);
    },
  };
}
