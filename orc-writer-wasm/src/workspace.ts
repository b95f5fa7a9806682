import { region, type Core, type Region } from './core.ts';

/** The wasm memory that the columns of one writer share: every region holds the rows of one call and nothing longer. */
export interface Workspace {
  readonly core: Core;
  /** What the caller gave: values, string data. */
  readonly input: Region;
  readonly offsets: Region;
  readonly present: Region;
  /** Which slots of a child exist in its parent. */
  readonly selection: Region;
  /** Non-null values: strings by address and length, numbers of dictionary entries. */
  readonly addresses: Region;
  readonly lengths: Region;
  readonly ids: Region;
  /** Dense values that are not kept. */
  readonly values: Region;
  readonly output: Region;
  /** What parts of columns keep until the stripe ends, in bytes at most; from rows alone, not from what was allocated. */
  readonly keepers: (() => number)[];
}

export function workspace(core: Core): Workspace {
  return {
    core,
    input: region(core),
    offsets: region(core),
    present: region(core),
    selection: region(core),
    addresses: region(core),
    lengths: region(core),
    ids: region(core),
    values: region(core),
    output: region(core),
    keepers: [],
  };
}

/** Kernels read and write whole words, so every part has a few bytes more than it needs. */
export const SLACK = 16;

/** Copies the bytes of any array into a region and returns the address. */
export function copyIn(core: Core, target: Region, values: ArrayBufferView): number {
  const address = target.reserve(values.byteLength + SLACK);
  core.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), address);
  return address;
}

/** Copies bytes that are in wasm memory already, and returns the new address. */
export function copyWithin(core: Core, target: Region, from: number, length: number): number {
  const address = target.reserve(length + SLACK);
  core.bytes.copyWithin(address, from, from + length);
  return address;
}
