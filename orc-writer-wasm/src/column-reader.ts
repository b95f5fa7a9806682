import { byteStream, type ByteStream, type Positions } from './byte-stream.ts';
import type { ColumnVector } from './columns.ts';
import type { Decompress } from './compression.ts';
import { region, type Core } from './core.ts';
import { CorruptStreamError, UnknownFormatException } from './errors.ts';
import type { ColumnEncoding, StreamKind } from './metadata.ts';
import { byteReader, integerReader } from './run-reader.ts';
import type { TypeDescription } from './schema.ts';
import { SLACK } from './workspace.ts';

/** Decodes one column of one stripe from the beginning, or from where a row index entry says. */
export interface ColumnReader {
  read(rows: number): ColumnVector;
  seek(positions: Positions): void;
}

/** A column as its stripe describes it. */
export interface ColumnSource {
  readonly core: Core;
  readonly type: TypeDescription;
  readonly encoding: ColumnEncoding;
  /** Undefined when the stripe has no such stream. */
  stream(kind: StreamKind): Uint8Array | undefined;
  readonly decompress: Decompress | undefined;
  readonly blockSize: number;
  readonly rows: number;
  readonly writerTimezone: string | undefined;
}

/** The values of the rows that are present, and their place among all rows. */
interface ValueReader {
  read(rows: number, count: number, present: number): ColumnVector;
  seek(positions: Positions): void;
}

/** @throws {UnknownFormatException} for a type or encoding that is not supported */
export function columnReader(source: ColumnSource): ColumnReader {
  const values = valueReader(source);
  const presentBytes = source.stream('PRESENT');
  if (presentBytes === undefined) {
    return { read: (rows) => values.read(rows, rows, 0), seek: (positions) => values.seek(positions) };
  }
  const present = presentReader(source, presentBytes);
  return {
    read(rows) {
      const { address, count, bits } = present.read(rows);
      const vector = values.read(rows, count, address);
      return count === rows ? vector : { ...vector, present: bits };
    },
    seek(positions) {
      present.seek(positions);
      values.seek(positions);
    },
  };
}

function presentReader({ core, decompress, blockSize }: ColumnSource, stream: Uint8Array) {
  const bytes = byteReader(core, byteStream(stream, decompress, blockSize));
  const packed = region(core);
  let bit = 0;
  let held = -1;

  return {
    /** `bits` as in `ColumnVector`, also at `address`; `count` of them are ones. */
    read(rows: number): { address: number; count: number; bits: Uint8Array } {
      const address = packed.reserve((rows >> 3) + SLACK);
      // A byte that the previous rows did not use up is read again from where it was kept.
      const fromHeld = held >= 0 ? 1 : 0;
      const byteCount = (bit + rows + 7) >> 3;
      const fresh = bytes.read(byteCount - fromHeld);
      const source = core.allocate(byteCount + SLACK);
      if (fromHeld === 1) core.bytes[source] = held;
      core.bytes.copyWithin(source + fromHeld, fresh, fresh + byteCount - fromHeld);
      const count = core.kernels.unpackPresent(source, bit, rows, address);
      bit = (bit + rows) & 7;
      held = bit === 0 ? -1 : (core.bytes[source + byteCount - 1] ?? 0);
      core.release(source);
      return { address, count, bits: core.bytes.slice(address, address + ((rows + 7) >> 3)) };
    },
    seek(positions: Positions): void {
      bytes.seek(positions);
      bit = positions.next();
      if (bit > 7)
        throw new CorruptStreamError('bad-position', 'a row index entry skips more than a byte of bits');
      held = bit === 0 ? -1 : (core.bytes[bytes.read(1)] ?? 0);
    },
  };
}

function valueReader(source: ColumnSource): ValueReader {
  const { type, encoding } = source;
  const isVersion2 = encoding.kind === 'DIRECT_V2' || encoding.kind === 'DICTIONARY_V2';
  if (!isVersion2) {
    throw new UnknownFormatException(
      'unsupported-encoding',
      `reading ${type.category} in encoding ${encoding.kind} is not supported`,
      { column: type.id },
    );
  }
  switch (type.category) {
    case 'smallint':
    case 'int':
    case 'date':
      return intValues(source);
    case 'bigint':
      return longValues(source);
    case 'timestamp':
      return timestampValues(source);
    case 'string':
    case 'binary':
    case 'varchar':
    case 'char':
      return encoding.kind === 'DICTIONARY_V2' ? dictionaryValues(source) : directValues(source);
    default:
      throw new UnknownFormatException('unsupported-type', `reading ${type.category} is not supported`, {
        column: type.id,
      });
  }
}

function intValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = integerReader(core, bytesOf(source, 'DATA'), true);
  const slots = region(core);
  return {
    read(rows, count, present) {
      const out = slots.reserve(rows * 4);
      if (core.kernels.narrowIntegers(data.read(count), rows, present, out) === 0) {
        throw new CorruptStreamError('bad-value', `a value does not fit ${source.type.category}`);
      }
      return { values: core.int32.slice(out / 4, out / 4 + rows) };
    },
    seek: (positions) => data.seek(positions),
  };
}

function longValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = integerReader(core, bytesOf(source, 'DATA'), true);
  const slots = region(core);
  return {
    read(rows, count, present) {
      const out = slots.reserve(rows * 8);
      core.kernels.spreadLongs(data.read(count), rows, present, out);
      return { values: core.int64.slice(out / 8, out / 8 + rows) };
    },
    seek: (positions) => data.seek(positions),
  };
}

/** 2015-01-01 00:00:00 UTC in seconds since 1970. */
const TIMESTAMP_BASE = 1420070400;
const UTC_NAMES = ['UTC', 'GMT', 'Etc/UTC', 'Etc/GMT', 'Z'];

function timestampValues(source: ColumnSource): ValueReader {
  const { core, writerTimezone = 'UTC' } = source;
  const { kernels } = core;
  if (!UTC_NAMES.includes(writerTimezone)) {
    throw new UnknownFormatException(
      'unsupported-timezone',
      `timestamps of zone ${writerTimezone} are not supported`,
    );
  }
  const data = integerReader(core, bytesOf(source, 'DATA'), true);
  const secondary = integerReader(core, bytesOf(source, 'SECONDARY'), false);
  const slots = region(core);
  return {
    read(rows, count, present) {
      const out = slots.reserve(rows * 8);
      const seconds = data.read(count);
      const nanos = secondary.read(count);
      if (kernels.decodeTimestamps(seconds, nanos, count, TIMESTAMP_BASE) === 0) {
        throw new CorruptStreamError('bad-value', 'a timestamp has a second or more of nanoseconds');
      }
      kernels.spreadLongs(seconds, rows, present, out);
      const secondSlots = core.int64.slice(out / 8, out / 8 + rows);
      kernels.narrowIntegers(nanos, rows, present, out);
      return { seconds: secondSlots, nanos: core.int32.slice(out / 4, out / 4 + rows) };
    },
    seek(positions) {
      data.seek(positions);
      secondary.seek(positions);
    },
  };
}

function directValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = bytesOf(source, 'DATA');
  const lengths = integerReader(core, bytesOf(source, 'LENGTH'), false);
  const offsets = region(core);
  return {
    read(rows, count, present) {
      const { total, starts } = readOffsets(
        core,
        lengths.read(count),
        rows,
        present,
        offsets.reserve((rows + 1) * 4),
      );
      return { data: data.take(total), offsets: starts };
    },
    seek(positions) {
      data.seek(positions);
      lengths.seek(positions);
    },
  };
}

function dictionaryValues(source: ColumnSource): ValueReader {
  const { core, encoding } = source;
  const { kernels } = core;
  const size = encoding.dictionarySize ?? 0;
  if (size > source.rows)
    throw new CorruptStreamError('bad-dictionary', 'a dictionary has more entries than rows');
  const ids = integerReader(core, bytesOf(source, 'DATA'), false);
  const entryLengths = integerReader(core, bytesOf(source, 'LENGTH'), false);
  const offsetsAt = core.allocate((size + 1) * 4);
  const { total: entryBytes } = readOffsets(core, entryLengths.read(size), size, 0, offsetsAt);
  const entries = bytesOf(source, 'DICTIONARY_DATA').take(entryBytes);
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
    read(rows, count, present) {
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
        rows,
        present,
        offsets.reserve((rows + 1) * 4),
      );
      const out = gathered.reserve(total + SLACK);
      kernels.gatherStrings(addressesAt, sizesAt, count, total, out);
      return { data: core.bytes.slice(out, out + total), offsets: starts };
    },
    seek: (positions) => ids.seek(positions),
  };
}

function readOffsets(core: Core, lengths: number, rows: number, present: number, out: number) {
  const total = core.kernels.writeOffsets(lengths, rows, present, out);
  if (total < 0) throw new CorruptStreamError('bad-length', 'the lengths of strings cannot be right');
  return { total, starts: new Uint32Array(core.int32.slice(out / 4, out / 4 + rows + 1)) };
}

/** A stream that is missing counts as empty, because some writers leave those out. */
function bytesOf(source: ColumnSource, kind: StreamKind): ByteStream {
  return byteStream(source.stream(kind) ?? new Uint8Array(0), source.decompress, source.blockSize);
}
