import { region, type Core, type Region } from './core.ts';
import { copyIn } from './workspace.ts';

/** One array of each of several batches, in wasm memory, with a table of where they are. */
export interface SlotArrays {
  /** The address of the table: a 32-bit address a slot. Valid until the next `load`. */
  readonly table: number;
  /** Copies an array; the table has the address of what would be `base` bytes before it. */
  load(slot: number, array: ArrayBufferView, base?: number): void;
  /** Puts an address into the table. */
  set(slot: number, address: number): void;
}

export function slotArrays(core: Core): SlotArrays {
  const table = region(core);
  const arrays: Region[] = [];
  let slots = 0;
  return {
    get table() {
      return table.address;
    },
    load(slot, array, base = 0) {
      set(slot, copyIn(core, (arrays[slot] ??= region(core)), array) - base);
    },
    set,
  };

  function set(slot: number, address: number): void {
    const at = table.reserve((slot + 1) * 4, slots * 4);
    slots = Math.max(slots, slot + 1);
    core.int32[at / 4 + slot] = address;
  }
}
