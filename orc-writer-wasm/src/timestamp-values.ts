import type { ValueReader } from './column-reader.ts';
import { integersOf, type ColumnSource } from './column-source.ts';
import { region } from './core.ts';
import { CorruptStreamError } from './errors.ts';
import { zoneOffsets } from './time-zone.ts';
import { copyWithin } from './workspace.ts';

/** 2015-01-01 00:00:00 in seconds since 1970, for a clock that shows UTC. */
const BASE = 1420070400;

/** TIMESTAMP, as the wall clock of the writer, and TIMESTAMP_INSTANT. Both count from the start of 2015. */
export function timestampValues(source: ColumnSource): ValueReader {
  const { core } = source;
  const { kernels } = core;
  const data = integersOf(source, 'DATA', true);
  const secondary = integersOf(source, 'SECONDARY', false);
  const isWallClock = source.type.category === 'timestamp';
  const offsetAt = isWallClock ? zoneOffsets(source.writerTimezone ?? 'UTC') : undefined;
  const secondCells = region(core);
  const nanoCells = region(core);
  const slots = region(core);
  return {
    read(size, { count, address }) {
      const seconds = copyWithin(core, secondCells, data.read(count), count * 8);
      const nanos = copyWithin(core, nanoCells, secondary.read(count), count * 8);
      const base = offsetAt === undefined ? BASE : toWallClock(seconds, count, offsetAt);
      if (kernels.decodeTimestamps(seconds, nanos, count, base) === 0) {
        throw new CorruptStreamError('bad-value', 'a timestamp has a second or more of nanoseconds');
      }
      const out = slots.reserve(size * 8);
      kernels.spreadLongs(seconds, size, address, out);
      const secondSlots = core.int64.slice(out / 8, out / 8 + size);
      kernels.narrowIntegers(nanos, size, address, out);
      return { seconds: secondSlots, nanos: core.int32.slice(out / 4, out / 4 + size) };
    },
    seek(positions) {
      data.seek(positions);
      secondary.seek(positions);
    },
  };

  /** The writer counted from its own start of 2015; what its clock showed is wanted. Returns the base that is left. */
  function toWallClock(seconds: number, count: number, offset: (seconds: number) => number): number {
    const cells = core.int64.subarray(seconds / 8, seconds / 8 + count);
    const base = BASE - offset(BASE);
    cells.forEach((stored, i) => {
      cells[i] = stored + BigInt(base + offset(Number(stored) + base));
    });
    return 0;
  }
}
