// The arena (no section of the specification): blocks in powers of two with one free list a size, everything given back
// at once by releaseAll().
// A block is preceded by 16 bytes that hold its class, so release() needs no length.

const SMALLEST: u32 = 6;
const HEADER: usize = 16;
const LARGEST: usize = 0x7ffffff0;
const END_OF_MEMORY: u64 = 0xffff0000;

const freeLists = memory.data(32 * sizeof<usize>());
let top: usize = __heap_base;

/** Cells in which a function leaves its further results: sixteen of 8 bytes. */
export const results: usize = memory.data(128, 16);

/** The address of at least `size` bytes, aligned to 16, or 0 when the memory cannot grow. The content is undefined. */
export function allocate(size: usize): usize {
  if (size > LARGEST) return 0;
  const needed = <u32>(size + HEADER);
  const sizeClass = max(SMALLEST, 32 - clz(needed - 1));
  const list = freeLists + ((<usize>sizeClass) << 2);
  let block = load<usize>(list);
  if (block != 0) {
    store<usize>(list, load<usize>(block + HEADER));
  } else {
    block = (top + 15) & ~15;
    const end = <u64>block + ((<u64>1) << sizeClass);
    const held = (<u64>memory.size()) << 16;
    if (end > END_OF_MEMORY) return 0;
    if (end > held) {
      const pages = <i32>((end - held + 0xffff) >> 16);
      if (memory.grow(pages) < 0) return 0;
    }
    top = <usize>end;
    store<u32>(block, sizeClass);
  }
  return block + HEADER;
}

/** Gives one block back; 0 is ignored. */
export function release(address: usize): void {
  if (address == 0) return;
  const block = address - HEADER;
  const list = freeLists + ((<usize>load<u32>(block)) << 2);
  store<usize>(address, load<usize>(list));
  store<usize>(list, block);
}

/** Forgets every block. */
export function releaseAll(): void {
  memory.fill(freeLists, 0, 32 * sizeof<usize>());
  top = __heap_base;
}
