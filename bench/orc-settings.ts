import { openReader } from 'orc-writer-wasm';

/** What a file says about how it was written, and what bears on its speed and size. */
export interface FileSettings {
  readonly codec: string;
  readonly blockBytes: number;
  readonly rowIndexStride: number;
  /** Rows of the first stripe; all but the last are about as long. */
  readonly stripeRows: number;
  /** Columns with a dictionary, in every stripe. */
  readonly dictionaries: readonly string[];
}

export async function settingsOf(path: string): Promise<FileSettings> {
  await using reader = await openReader(path);
  return {
    codec: reader.compression,
    blockBytes: reader.compressionBlockSize,
    rowIndexStride: reader.rowIndexStride,
    stripeRows: reader.stripes[0]?.numberOfRows ?? 0,
    dictionaries: await Array.fromAsync(reader.stripes.keys(), numberedColumns),
  };

  async function numberedColumns(stripe: number): Promise<string> {
    for await (const { columns } of reader.batches({ stripes: [stripe], batchSize: 1, dictionaries: true })) {
      return reader.schema.fieldNames.filter((_, i) => 'ids' in (columns[i] ?? {})).join(' ');
    }
    return '';
  }
}

/** Names of settings that differ. */
export function differences(one: FileSettings, other: FileSettings): string[] {
  const names = ['codec', 'blockBytes', 'rowIndexStride', 'stripeRows', 'dictionaries'] as const;
  return names.filter((name) => String(one[name]) !== String(other[name]));
}
