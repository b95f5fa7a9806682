import type { ValueReader } from './column-reader.ts';
import { integersOf, streamOf, type ColumnSource } from './column-source.ts';
import { region } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { decimalReader } from './run-reader.ts';
import { copyWithin } from './workspace.ts';

/** The most digits that always fit 64 bits. */
const SHORT_PRECISION = 18;

/** DECIMAL. Old writers stored values without their zeros, each with a scale of its own. */
export function decimalValues(source: ColumnSource): ValueReader {
  const { core, type } = source;
  const { kernels } = core;
  const { precision = 38, scale = 0 } = type;
  const isShort = precision <= SHORT_PRECISION;
  const data = decimalReader(core, streamOf(source, 'DATA'));
  const scales = integersOf(source, 'SECONDARY', true);
  const cells = region(core);
  const lows = region(core);
  const highs = region(core);
  return {
    read(size, { count, address }) {
      const values = copyWithin(core, cells, data.read(count), count * 16);
      if (kernels.rescaleDecimals(values, scales.read(count), count, scale) === 0) {
        throw new CorruptStreamError('bad-value', 'a decimal has over 38 digits');
      }
      const low = lows.reserve(size * 8);
      const high = isShort ? 0 : highs.reserve(size * 8);
      if (kernels.splitDecimals(values, size, address, low, high) === 0) {
        throw new CorruptStreamError('bad-value', `a decimal has over ${precision} digits`);
      }
      const lowSlots = core.int64.slice(low / 8, low / 8 + size);
      if (isShort) return { values: lowSlots };
      return { low: new BigUint64Array(lowSlots.buffer), high: core.int64.slice(high / 8, high / 8 + size) };
    },
    seek(positions) {
      data.seek(positions);
      scales.seek(positions);
    },
  };
}
