import { openReader, type ByteSource, type ColumnBatch } from 'orc-writer-wasm';
import { hexDigits, rangeOfName, type IdPartRange } from './id-part-ranges.ts';
import { COLUMN, endOfIdPart, idPartAt, sliceBatch, stringsIn } from './part-columns.ts';

/** A sorted file of rows that is to be read. */
export interface RowFile {
  /** For messages. */
  readonly name: string;
  readonly open: () => ByteSource;
}

/** What one input of a merge may take, as there are many of them. */
export interface ReadSizes {
  readonly batchSize: number;
  readonly batchBytes: number;
  readonly windowBytes: number;
}

/** A file cannot be read, or does not hold what it should. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';

  constructor(file: string, cause: unknown) {
    super(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/**
 * The rows of a range of id_parts, of files that follow one another. Of each file no more is read than the row groups
 * that may have such rows.
 *
 * @throws {UnreadableFileError}
 */
export async function* rowsOf(
  files: readonly RowFile[],
  range: IdPartRange,
  sizes: ReadSizes,
): AsyncGenerator<ColumnBatch, void, undefined> {
  const isWhole = range.first === 0 && range.last === 255;
  const options = {
    ...sizes,
    dictionaries: true,
    transient: true,
    ...(!isWhole && {
      searchArgument: {
        column: 'id_part',
        between: [hexDigits(range.first), hexDigits(range.last)] as const,
      },
    }),
  };
  for (const file of files) {
    try {
      await using reader = await openReader(file.open());
      for await (const batch of reader.batches(options)) {
        const rows = isWhole ? batch : inRange(batch, range);
        if (rows.size > 0) yield rows;
      }
    } catch (error) {
      throw new UnreadableFileError(file.name, error);
    }
  }
}

/** Files of a version that may have rows of a range, which their names tell. */
export function filesInRange<File extends { readonly name: string }>(
  files: readonly File[],
  { first, last }: IdPartRange,
): File[] {
  return files.filter(({ name }) => {
    const range = rangeOfName(name);
    return range.first <= last && range.last >= first;
  });
}

function inRange(batch: ColumnBatch, { first, last }: IdPartRange): ColumnBatch {
  const idParts = stringsIn(batch, COLUMN.idPart);
  const from = idPartAt(idParts, 0) >= first ? 0 : endOfIdPart(idParts, first - 1, 0, batch.size);
  return sliceBatch(batch, from, endOfIdPart(idParts, last, from, batch.size));
}
