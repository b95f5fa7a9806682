import { FileFormatException } from './errors.ts';
import type { MemoryBudget } from './memory-budget.ts';

/** Builds one protobuf message, field by field in the order of the calls. */
export interface MessageWriter {
  /** int32, int64, uint32, uint64, bool or enum; written even when 0. Numbers must be safe non-negative integers. */
  varint(field: number, value: number | bigint): void;
  /** sint32 or sint64. */
  sint(field: number, value: bigint): void;
  double(field: number, value: number): void;
  bytes(field: number, value: Uint8Array): void;
  string(field: number, value: string): void;
  packed(field: number, values: readonly number[]): void;
  message(field: number, build: (message: MessageWriter) => void): void;
  finish(): Uint8Array;
}

export function messageWriter(): MessageWriter {
  let buffer = Buffer.allocUnsafe(256);
  let length = 0;

  const writer: MessageWriter = {
    varint(field, value) {
      number(field * 8);
      if (typeof value === 'bigint') long(BigInt.asUintN(64, value));
      else number(value);
    },
    sint(field, value) {
      number(field * 8);
      long(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
    },
    double(field, value) {
      number(field * 8 + 1);
      room(8);
      buffer.writeDoubleLE(value, length);
      length += 8;
    },
    bytes(field, value) {
      number(field * 8 + 2);
      number(value.length);
      room(value.length);
      buffer.set(value, length);
      length += value.length;
    },
    string(field, value) {
      writer.bytes(field, Buffer.from(value));
    },
    packed(field, values) {
      if (values.length === 0) return;
      number(field * 8 + 2);
      number(values.reduce((sum, value) => sum + varintSize(value), 0));
      values.forEach(number);
    },
    message(field, build) {
      const inner = messageWriter();
      build(inner);
      writer.bytes(field, inner.finish());
    },
    finish: () => buffer.subarray(0, length),
  };
  return writer;

  function number(value: number): void {
    room(10);
    let rest = value;
    while (rest > 127) {
      buffer[length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    buffer[length++] = rest;
  }

  function long(value: bigint): void {
    if (value <= 0xffffffffn) {
      number(Number(value));
      return;
    }
    room(10);
    let rest = value;
    while (rest > 127n) {
      buffer[length++] = Number(rest & 127n) + 128;
      rest >>= 7n;
    }
    buffer[length++] = Number(rest);
  }

  function room(more: number): void {
    if (length + more <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + more));
    buffer.copy(grown, 0, 0, length);
    buffer = grown;
  }
}

function varintSize(value: number): number {
  return value < 128 ? 1 : Math.ceil((Math.floor(Math.log2(value)) + 1) / 7);
}

/** One field as it is on the wire: a varint, or the bytes of everything else. */
export type WireField =
  | { readonly field: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly field: number; readonly kind: 'bytes'; readonly value: Uint8Array };

/** About what becomes of a field: two bytes of a message may be an object. */
const FIELD_BYTES = 200;
const NUMBER_BYTES = 8;

/**
 * Reads the fields of a message in file order; fixed-width fields come as their 4 or 8 bytes.
 *
 * @throws {FileFormatException} when the bytes are not a message
 * @throws {MemoryLimitError} when there are more fields than the budget has room for
 */
export function* readFields(message: Uint8Array, budget: MemoryBudget = UNLIMITED): Generator<WireField> {
  const cursor = { at: 0 };
  while (cursor.at < message.length) {
    budget.spend(FIELD_BYTES);
    const tag = Number(readVarint(message, cursor));
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { field, kind: 'varint', value: readVarint(message, cursor) };
        break;
      case 1:
        yield { field, kind: 'bytes', value: take(message, cursor, 8) };
        break;
      case 2:
        yield { field, kind: 'bytes', value: take(message, cursor, Number(readVarint(message, cursor))) };
        break;
      case 5:
        yield { field, kind: 'bytes', value: take(message, cursor, 4) };
        break;
      default:
        throw new FileFormatException('bad-protobuf', `wire type ${tag % 8} is not known`);
    }
  }
}

const UNLIMITED: MemoryBudget = { spend() {} };

/** The numbers of a packed field. */
export function readPacked(bytes: Uint8Array, budget: MemoryBudget = UNLIMITED): number[] {
  const cursor = { at: 0 };
  const values: number[] = [];
  budget.spend(bytes.length * NUMBER_BYTES);
  while (cursor.at < bytes.length) values.push(Number(readVarint(bytes, cursor)));
  return values;
}

export function unzigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}

function readVarint(bytes: Uint8Array, cursor: { at: number }): bigint {
  let low = 0;
  for (let i = 0; i < 4; i++) {
    const byte = next();
    low += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return BigInt(low);
  }
  let value = BigInt(low);
  for (let i = 4; i < 10; i++) {
    const byte = next();
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return BigInt.asUintN(64, value);
  }
  throw new FileFormatException('bad-protobuf', 'a number has more than ten bytes');

  function next(): number {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new FileFormatException('bad-protobuf', 'a message ends inside a number');
    return byte;
  }
}

function take(bytes: Uint8Array, cursor: { at: number }, length: number): Uint8Array {
  const end = cursor.at + length;
  if (!(end <= bytes.length))
    throw new FileFormatException('bad-protobuf', 'a field is longer than its message');
  const value = bytes.subarray(cursor.at, end);
  cursor.at = end;
  return value;
}
