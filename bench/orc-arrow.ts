import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column, Table } from './orc-table.ts';
import type { Pyarrow } from './pyarrow.ts';

/** Hands a table to Python as files that hold the buffers of Arrow's columns. */
export async function loadInto(pyarrow: Pyarrow, folder: string, name: string, table: Table): Promise<void> {
  const target = join(folder, name);
  await mkdir(target);
  const columns = await Promise.all(
    table.columns.map(async (column) => ({
      name: column.name,
      type: column.type,
      buffers: await Promise.all(
        buffersOf(column).map(async (buffer, i) => {
          if (buffer === null) return null;
          const path = join(target, `${column.name}-${i}`);
          await writeFile(path, buffer);
          return path;
        }),
      ),
    })),
  );
  await pyarrow.run('load', { name, rows: table.rows, columns });
}

/** Validity, offsets if the type has them, values; null for a bitmap that is not needed. */
function buffersOf({ name, type, vector }: Column): (NodeJS.TypedArray | null)[] {
  const present = vector.present ?? null;
  if ('data' in vector) return [present, vector.offsets, vector.data];
  if ('bits' in vector) return [present, vector.bits];
  if ('millis' in vector) return [present, BigInt64Array.from(vector.millis, BigInt)];
  if (!('values' in vector)) throw new TypeError(`column ${name} has no form in Arrow here`);
  if (type !== 'decimal(18,2)') return [present, vector.values];
  // 128 bits, low half first.
  const wide = new BigInt64Array(vector.values.length * 2);
  vector.values.forEach((value, i) => wide.set([BigInt(value), BigInt(value) >> 63n], i * 2));
  return [present, wide];
}
