import type { ValueReader } from './column-reader.ts';
import { integersOf, streamOf, type ColumnSource } from './column-source.ts';
import { region, type Core } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { SLACK } from './workspace.ts';

/** Strings one after the other. */
export function directValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = streamOf(source, 'DATA');
  const lengths = integersOf(source, 'LENGTH', false);
  const offsets = region(core);
  return {
    read(size, { count, address }) {
      const dense = lengths.read(count);
      const out = offsets.reserve((size + 1) * 4);
      const { total, starts } = readOffsets(core, dense, size, address, out);
      return { data: data.take(total), offsets: starts };
    },
    seek(positions) {
      data.seek(positions);
      lengths.seek(positions);
    },
  };
}

/** Strings by number. */
export function dictionaryValues(source: ColumnSource): ValueReader {
  const { core, encoding } = source;
  const { kernels } = core;
  const size = encoding.dictionarySize ?? 0;
  const ids = integersOf(source, 'DATA', false);
  const denseLengths = integersOf(source, 'LENGTH', false).read(size);
  const offsetsAt = core.allocate((size + 1) * 4);
  const { total: entryBytes } = readOffsets(core, denseLengths, size, 0, offsetsAt);
  const entries = streamOf(source, 'DICTIONARY_DATA').take(entryBytes);
  const entryData = core.allocate(entryBytes + SLACK);
  core.bytes.set(entries, entryData);
  const entryAddresses = core.allocate(size * 4 + SLACK);
  const entrySizes = core.allocate(size * 4 + SLACK);
  kernels.locateStrings(offsetsAt, size, 0, 0, entryData, 0, entryBytes, entryAddresses, entrySizes);

  const numbers = region(core);
  const addresses = region(core);
  const sizes = region(core);
  const wide = region(core);
  const offsets = region(core);
  const gathered = region(core);
  return {
    read(slots, { count, address }) {
      const numbersAt = numbers.reserve(count * 4);
      const addressesAt = addresses.reserve(count * 4);
      const sizesAt = sizes.reserve(count * 4);
      const areKnown =
        kernels.narrowIntegers(ids.read(count), count, 0, numbersAt) !== 0 &&
        kernels.pickStrings(numbersAt, count, entryAddresses, entrySizes, size, addressesAt, sizesAt) !== 0;
      if (!areKnown) throw new CorruptStreamError('bad-dictionary', 'a value is not in its dictionary');
      kernels.widenLengths(sizesAt, count, wide.reserve(count * 8));
      const { total, starts } = readOffsets(
        core,
        wide.address,
        slots,
        address,
        offsets.reserve((slots + 1) * 4),
      );
      const out = gathered.reserve(total + SLACK);
      kernels.gatherStrings(addressesAt, sizesAt, count, total, out);
      return { data: core.bytes.slice(out, out + total), offsets: starts };
    },
    seek: (positions) => ids.seek(positions),
  };
}

/** Turns the 64-bit lengths of the slots that are present into offsets. */
export function readOffsets(core: Core, lengths: number, rows: number, present: number, out: number) {
  const total = core.kernels.writeOffsets(lengths, rows, present, out);
  if (total < 0) throw new CorruptStreamError('bad-length', 'lengths are negative or too large');
  return { total, starts: new Uint32Array(core.int32.slice(out / 4, out / 4 + rows + 1)) };
}
