import test from 'ava';
import { borrowCore } from '../src/core.ts';

test('varints of every length have seven bits a byte and come back, also at the end of the source', (t) => {
  const core = borrowCore();
  const magnitudes = Array.from({ length: 126 }, (_, bits) => 2n ** BigInt(bits));
  const values = magnitudes.flatMap((power) => [power - 1n, power, -power, 1n - power]);
  const at = core.allocate(values.length * 16);
  values.forEach((value, i) => {
    core.int64.set([BigInt.asIntN(64, value), BigInt.asIntN(64, value >> 64n)], at / 8 + i * 2);
  });
  const out = core.allocate(values.length * 19 + 16);
  const written = core.kernels.encodeDecimals(at, values.length, out);
  t.deepEqual([...core.bytes.subarray(out, out + written)], values.flatMap(varint));

  const back = core.allocate(values.length * 16);
  // What follows a source is not part of it.
  core.bytes.fill(0, out + written, out + written + 16);
  t.is(core.kernels.decodeDecimals(out, written, back, values.length + 9), values.length);
  t.is(core.result(0), written);
  t.deepEqual(
    core.bytes.slice(back, back + values.length * 16),
    core.bytes.slice(at, at + values.length * 16),
  );
});

/** Zigzag, then groups of seven bits, the lowest first. */
function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value < 0n ? -value * 2n - 1n : value * 2n;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}
