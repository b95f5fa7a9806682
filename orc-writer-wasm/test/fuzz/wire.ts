// Protobuf messages as they are on the wire, so that they can be written again with a field that is wrong.

import type { Random } from '../helpers/random.ts';

export interface WireField {
  readonly number: number;
  /** Of a varint its value, else the bytes. */
  readonly value: bigint | Buffer;
  readonly wireType: 0 | 1 | 2 | 5;
}

/** Undefined for bytes that are not a message. */
export function parseWire(bytes: Uint8Array): WireField[] | undefined {
  const fields: WireField[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = varint();
    if (tag === undefined || tag < 8n || tag > 80_000n) return undefined;
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (wireType === 0) {
      const value = varint();
      if (value === undefined) return undefined;
      fields.push({ number, wireType, value });
    } else if (wireType === 1 || wireType === 2 || wireType === 5) {
      const length = wireType === 2 ? Number(varint() ?? Infinity) : wireType === 1 ? 8 : 4;
      if (at + length > bytes.length) return undefined;
      fields.push({ number, wireType, value: Buffer.from(bytes.subarray(at, at + length)) });
      at += length;
    } else return undefined;
  }
  return fields;

  function varint(): bigint | undefined {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return undefined;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return undefined;
  }
}

export function writeWire(fields: readonly WireField[]): Buffer {
  return Buffer.concat(
    fields.flatMap(({ number, wireType, value }) => {
      const tag = varintBytes(BigInt(number * 8 + wireType));
      if (typeof value === 'bigint') return [tag, varintBytes(value)];
      return wireType === 2 ? [tag, varintBytes(BigInt(value.length)), value] : [tag, value];
    }),
  );
}

function varintBytes(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) + 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** Sets the varint fields of a message that are given by number. */
export function withNumbers(message: Uint8Array, numbers: ReadonlyMap<number, number>): Buffer {
  const others = (parseWire(message) ?? []).filter(({ number }) => !numbers.has(number));
  const set = [...numbers].map(([number, value]) => ({ number, wireType: 0 as const, value: BigInt(value) }));
  return writeWire([...set, ...others]);
}

/** The message with one field changed, taken out or doubled, at any depth; and what was done. */
export function mutateMessage(
  message: Uint8Array,
  r: Random,
): { readonly bytes: Buffer; readonly what: string } {
  const fields = parseWire(message) ?? [];
  const at = r.below(fields.length);
  const field = fields[at];
  if (field === undefined) return { bytes: Buffer.from([8, 1]), what: 'a field more' };
  const { number, value } = field;
  if (typeof value !== 'bigint' && value.length > 0 && r.below(4) > 0 && parseWire(value) !== undefined) {
    const inner = mutateMessage(value, r);
    return replaced([{ ...field, value: inner.bytes }], `${number}.${inner.what}`);
  }
  switch (r.below(8)) {
    case 0:
      return replaced([], `${number} taken out`);
    case 1:
      return replaced(
        Array.from({ length: 2 + r.below(3) }, () => field),
        `${number} doubled`,
      );
    default: {
      if (typeof value === 'bigint') {
        const changed = BigInt.asUintN(64, r.pick(otherNumbers(value, r)));
        return replaced([{ ...field, value: changed }], `${number} = ${changed}`);
      }
      const bytes = Buffer.from(value);
      if (bytes.length > 0) bytes[r.below(bytes.length)] = r.pick([0, 1, 127, 128, 255, r.below(256)]);
      return replaced([{ ...field, value: bytes }], `${number} with another byte`);
    }
  }

  function replaced(by: readonly WireField[], what: string): { bytes: Buffer; what: string } {
    return { bytes: writeWire(fields.toSpliced(at, 1, ...by)), what };
  }
}

function otherNumbers(value: bigint, r: Random): bigint[] {
  const small = [0n, 1n, 2n, value - 1n, value + 1n, value * 2n, BigInt(r.below(300))];
  const large = [31n, 32n, 33n, 40n, 50n, 53n, 62n, 63n].map((bits) => 2n ** bits - BigInt(r.below(3)));
  return [...small, ...large, -1n, value ^ (1n << BigInt(r.below(40)))];
}
