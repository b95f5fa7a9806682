import type { Core } from '../../src/core.ts';
import { SLACK } from '../../src/workspace.ts';

type Values = Uint8Array | Int32Array | Uint32Array | BigInt64Array | Float64Array | Float32Array;

/** Puts values, or so many zero bytes, into memory that belongs to nobody else; returns their address. */
export function put(core: Core, values: Values | number): number {
  const size = typeof values === 'number' ? values : values.byteLength;
  const address = core.allocate(size + SLACK);
  core.bytes.fill(0, address, address + size + SLACK);
  if (typeof values !== 'number') {
    core.bytes.set(new Uint8Array(values.buffer, values.byteOffset, size), address);
  }
  return address;
}

/** Strings as the kernels take them: where each is, and how long. */
export function putStrings(core: Core, texts: readonly string[]): { addresses: number; lengths: number } {
  const bytes = texts.map((text) => Buffer.from(text));
  return {
    addresses: put(core, Uint32Array.from(bytes.map((text) => put(core, text)))),
    lengths: put(core, Uint32Array.from(bytes.map((text) => text.length))),
  };
}

export function strings(core: Core, at: { addresses: number; lengths: number }, count: number): string[] {
  const lengths = uint32(core, at.lengths, count);
  return uint32(core, at.addresses, count).map((address, i) =>
    Buffer.from(core.bytes.subarray(address, address + (lengths[i] ?? 0))).toString(),
  );
}

export function hex(core: Core, address: number, length: number): string {
  return Buffer.from(core.bytes.subarray(address, address + length)).toString('hex');
}

export function uint32(core: Core, address: number, count: number): number[] {
  return [...new Uint32Array(core.kernels.memory.buffer, address, count)];
}

export function int64(core: Core, address: number, count: number): bigint[] {
  return [...new BigInt64Array(core.kernels.memory.buffer, address, count)];
}

export function float64(core: Core, address: number, count: number): number[] {
  return [...new Float64Array(core.kernels.memory.buffer, address, count)];
}
