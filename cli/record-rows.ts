import { openReader, OrcError, parseSchema, type Reader } from 'orc-writer-wasm';
import { PART_SCHEMA } from '../schemas/part.ts';
import { PartGoneError, partSource } from '../storage/live-parts.ts';
import type { ObjectStore } from '../storage/store.ts';
import type { AskedId } from './asked-id.ts';
import { possibleIdParts } from './id-parts.ts';
import type { LocationFile } from './location-files.ts';
import { printNote } from './output.ts';
import type { Row } from './rows.ts';

/** A row of a part, changes or a snapshot, without what the record says. */
export interface RecordRow {
  readonly id: string;
  readonly dbType: string;
  /** `2026-01-31 23:59:59.5`, in UTC. */
  readonly lastModified: string;
  readonly fingerprint: bigint;
  readonly sourceObject: string;
  readonly sourceLine: number;
  readonly generation: number;
}

/** Its rows of these ids. Few row groups are read of a file that is sorted, and none of what a record says. */
export async function recordRows(
  published: ObjectStore,
  file: LocationFile,
  ids: ReadonlySet<string>,
): Promise<readonly RecordRow[]> {
  const found: RecordRow[] = [];
  await readFile(published, file, async (reader) => {
    const rows = reader.rows({
      include: COLUMNS,
      searchArgument: {
        and: [
          { column: 'id', in: [...ids] },
          { column: 'id_part', in: [...new Set([...ids].flatMap(possibleIdParts))] },
        ],
      },
    });
    for await (const row of rows) if (ids.has(String(row.id))) found.push(recordRow(row));
  });
  return found;
}

/** The ids in a file that are asked for; of the file the column of ids is read. */
export async function matchingIds(
  published: ObjectStore,
  file: LocationFile,
  asked: AskedId,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  await readFile(published, file, async (reader) => {
    for await (const { size, columns } of reader.batches({ include: ['id'] })) {
      const [column] = columns;
      if (column === undefined || !('data' in column)) throw new TypeError('id is no column of strings');
      const { offsets } = column;
      const data = Buffer.from(column.data.buffer, column.data.byteOffset, offsets[size]);
      for (const needle of asked.needles) {
        for (const id of valuesWith(needle, data, offsets)) if (asked.matches(id)) ids.add(id);
      }
    }
  });
  return ids;
}

const COLUMNS = parseSchema(PART_SCHEMA).fieldNames.filter((name) => name !== 'val' && name !== 'id_part');

/** What cannot be read is told of and left out. */
async function readFile(
  published: ObjectStore,
  file: LocationFile,
  read: (reader: Reader) => Promise<void>,
): Promise<void> {
  try {
    await using reader = await openReader(partSource(published, file));
    await read(reader);
  } catch (error) {
    if (!(error instanceof OrcError || error instanceof PartGoneError)) throw error;
    printNote(`unreadable: ${file.key}: ${error.message}`);
  }
}

function recordRow(row: Row): RecordRow {
  return {
    id: String(row.id),
    dbType: String(row.db_type),
    lastModified: String(row.last_modified),
    fingerprint: BigInt(String(row.fingerprint)),
    sourceObject: String(row.source_object),
    sourceLine: Number(row.source_line),
    generation: Number(row.generation),
  };
}

/** The strings that the bytes are in; one that only begins in a string may give that one, too. */
function* valuesWith(needle: Buffer, data: Buffer, offsets: Uint32Array): Generator<string> {
  let row = 0;
  for (let at = data.indexOf(needle); at >= 0; at = data.indexOf(needle, offsets[row])) {
    while ((offsets[row + 1] ?? data.length) <= at) row += 1;
    yield data.toString('utf8', offsets[row], offsets[row + 1]);
    row += 1;
  }
}
