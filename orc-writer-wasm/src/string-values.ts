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
      source.budget.spend(total);
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
  const entryOffsets = core.allocate((size + 1) * 4);
  const { total: entryBytes, starts: entryStarts } = readOffsets(core, denseLengths, size, 0, entryOffsets);
  source.budget.spend(entryBytes);
  // They are wanted longer than a batch.
  const entries = streamOf({ ...source, spent: undefined }, 'DICTIONARY_DATA').take(entryBytes);
  const slots = region(core);
  return {
    read: source.keepsDictionaries ? numbered() : plain(),
    seek: (positions) => ids.seek(positions),
  };

  function numbered(): ValueReader['read'] {
    const dictionary = { data: entries, offsets: entryStarts, isStable: true } as const;
    return (rows, { count, address }) => {
      const out = slots.reserve(rows * 4);
      if (kernels.spreadIds(ids.read(count), rows, address, size, out) === 0) throw unknownId();
      return { ids: new Uint32Array(core.int32.slice(out / 4, out / 4 + rows).buffer), dictionary };
    };
  }

  function plain(): ValueReader['read'] {
    const entryData = core.allocate(entryBytes + SLACK);
    core.bytes.set(entries, entryData);
    const gathered = region(core);
    return (rows, { count, address }) => {
      const numbers = ids.read(count);
      const offsets = slots.reserve((rows + 1) * 4);
      const total = kernels.measureEntries(numbers, rows, address, entryOffsets, size, offsets);
      if (total < 0) throw unknownId();
      source.budget.spend(total);
      const out = gathered.reserve(total + SLACK);
      kernels.gatherEntries(numbers, count, entryOffsets, entryData, out);
      // Unlike slice() this does not fill the room with zeros first.
      const data = Buffer.allocUnsafeSlow(total);
      data.set(core.bytes.subarray(out, out + total));
      return { data, offsets: copyOffsets(core, offsets, rows) };
    };
  }
}

function unknownId(): CorruptStreamError {
  return new CorruptStreamError('bad-dictionary', 'a value is not in its dictionary');
}

/** Turns the 64-bit lengths of the slots that are present into offsets. */
export function readOffsets(core: Core, lengths: number, rows: number, present: number, out: number) {
  const total = core.kernels.writeOffsets(lengths, rows, present, out);
  if (total < 0) throw new CorruptStreamError('bad-length', 'lengths are negative or too large');
  return { total, starts: copyOffsets(core, out, rows) };
}

function copyOffsets(core: Core, offsets: number, rows: number): Uint32Array {
  return new Uint32Array(core.int32.slice(offsets / 4, offsets / 4 + rows + 1).buffer);
}
