import test from 'ava';
import type { ColumnVector } from '../src/columns.ts';
import { borrowCore, returnCore } from '../src/core.ts';
import { parseSchema } from '../src/schema.ts';
import { keyBuilder, RECORD_BYTES, type SortKey } from '../src/sort-keys.ts';
import { numbered, stringsOf } from './helpers/table.ts';

/** The keys of the rows of one column, in hexadecimal. */
function keysOf(
  type: string,
  vector: ColumnVector,
  rows: number,
  key: Omit<SortKey, 'column'> = {},
): string[] {
  const core = borrowCore();
  try {
    const parts = [[{ column: 'c', ...key }], [], [], []] as const;
    const records = keyBuilder(core, parseSchema(`struct<c:${type}>`), parts).build([vector], rows, 0);
    return Array.from({ length: rows }, (_, row) => {
      const at = (records + row * RECORD_BYTES) / 4;
      const [start, end] = core.int32.subarray(at, at + 2);
      return Buffer.from(core.bytes.subarray(start, end)).toString('hex');
    });
  } finally {
    returnCore(core);
  }
}

const exact = test.macro({
  title: (_, type: string, __, keys: readonly string[]) => `keys of ${type}: ${keys.join(' ')}`,
  exec(t, type: string, vector: ColumnVector, keys: readonly string[], key: Omit<SortKey, 'column'> = {}) {
    t.deepEqual(keysOf(type, vector, keys.length, key), keys);
  },
});

const strings = stringsOf(['', 'a', 'a\0', 'a\0b', 'abcdefgh\0i'].map((text) => Buffer.from(text)));
// A mark, the bytes, zero bytes as 00 ff, the end as 00 00.
test(exact, 'string', strings, [
  '010000',
  '01610000',
  '016100ff0000',
  '016100ff620000',
  '01616263646566676800ff690000',
]);
test(exact, 'string', strings, ['01ffff', '019effff', '019eff00ffff'], { order: 'desc' });
test(exact, 'string', numbered(['b', null, 'b']), ['01620000', '00', '01620000']);

const ints = { values: Int32Array.of(0, -1, 5), present: Uint8Array.of(0b011) };
test(exact, 'int', ints, ['0180000000', '017fffffff', '0000000000']);
test(exact, 'int', ints, ['017fffffff', '0180000000', '0200000000'], { order: 'desc' });
test(exact, 'int', ints, ['0180000000', '017fffffff', '0200000000'], { nulls: 'last' });
test(exact, 'tinyint', { values: Int8Array.of(-128, 127) }, ['0100', '01ff']);
test(exact, 'boolean', { bits: Uint8Array.of(0b10) }, ['0100', '0101']);
test(exact, 'bigint', { values: BigInt64Array.of(-(2n ** 63n), 1n) }, [
  '010000000000000000',
  '018000000000000001',
]);
test(exact, 'float', { values: Float32Array.of(-0, 0) }, ['017fffffffffffffff', '018000000000000000']);
test(exact, 'double', { values: Float64Array.of(-Infinity, Number.NaN) }, [
  '01000fffffffffffff',
  '01fff8000000000000',
]);
test(
  exact,
  'timestamp',
  { seconds: BigInt64Array.of(-1n, 0n), nanos: Int32Array.of(999_999_999, 0), present: Uint8Array.of(0b01) },
  ['017fffffffffffffffbb9ac9ff', '00000000000000000000000000'],
);
test(exact, 'decimal(9,2)', { values: BigInt64Array.of(-1n, 1n) }, [
  '017fffffffffffffffffffffffffffffff',
  '0180000000000000000000000000000001',
]);
test(exact, 'decimal(38,2)', { low: BigUint64Array.of(2n ** 64n - 1n), high: BigInt64Array.of(-1n) }, [
  '017fffffffffffffffffffffffffffffff',
]);
