import { bitReader } from './bit-reader.ts';
import type { ValueReader } from './column-reader.ts';
import { integersOf, streamOf, type ColumnSource } from './column-source.ts';
import { region } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { byteReader } from './run-reader.ts';
import { copyIn } from './workspace.ts';

export function booleanValues(source: ColumnSource): ValueReader {
  const data = bitReader(source.core, streamOf(source, 'DATA'));
  return {
    read: (size, present) => ({ bits: data.read(size, present).bits }),
    seek: (positions) => data.seek(positions),
  };
}

export function byteValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = byteReader(core, streamOf(source, 'DATA'));
  const slots = region(core);
  return {
    read(size, { count, address }) {
      const dense = data.read(count);
      const out = slots.reserve(size);
      core.kernels.spreadBytes(dense, size, address, out);
      return { values: new Int8Array(core.bytes.slice(out, out + size).buffer) };
    },
    seek: (positions) => data.seek(positions),
  };
}

export function intValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = integersOf(source, 'DATA', true);
  const slots = region(core);
  return {
    read(size, { count, address }) {
      const dense = data.read(count);
      const out = slots.reserve(size * 4);
      if (core.kernels.narrowIntegers(dense, size, address, out) === 0) {
        throw new CorruptStreamError('bad-value', `a value does not fit ${source.type.category}`);
      }
      return { values: core.int32.slice(out / 4, out / 4 + size) };
    },
    seek: (positions) => data.seek(positions),
  };
}

export function longValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = integersOf(source, 'DATA', true);
  const slots = region(core);
  return {
    read(size, { count, address }) {
      const dense = data.read(count);
      const out = slots.reserve(size * 8);
      core.kernels.spreadLongs(dense, size, address, out);
      return { values: core.int64.slice(out / 8, out / 8 + size) };
    },
    seek: (positions) => data.seek(positions),
  };
}

export function floatValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = streamOf(source, 'DATA');
  const dense = region(core);
  const slots = region(core);
  return {
    read(size, { count, address }) {
      const given = copyIn(core, dense, data.take(count * 4));
      const out = slots.reserve(size * 4);
      core.kernels.spreadIntegers(given, size, address, out);
      return { values: new Float32Array(core.bytes.slice(out, out + size * 4).buffer) };
    },
    seek: (positions) => data.seek(positions),
  };
}

export function doubleValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const data = streamOf(source, 'DATA');
  const dense = region(core);
  const slots = region(core);
  return {
    read(size, { count, address }) {
      const given = copyIn(core, dense, data.take(count * 8));
      const out = slots.reserve(size * 8);
      core.kernels.spreadLongs(given, size, address, out);
      return { values: core.float64.slice(out / 8, out / 8 + size) };
    },
    seek: (positions) => data.seek(positions),
  };
}
