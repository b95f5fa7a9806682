import type { ColumnBatch, DictionaryVector, StringVector } from 'orc-writer-wasm';
import type { TypedColumn } from '../../schemas/typed/column-type.ts';
import { DAMAGED, OPEN_BRACE, skipSpace, skipValue, walkObject, type VisitMember } from './json-scan.ts';
import { UNKNOWN } from './member-table.ts';
import { memberTree, type MemberTree, type WantedMember } from './member-tree.ts';
import { typeReader } from './type-reader.ts';
import { readValue, type Notes, type ValueReader } from './value-reader.ts';

/** Takes the columns of a typed table out of documents. */
export interface TypedExtractor {
  /** Reads the first `size` texts of `vals`; a null has nulls only. What it answers is good until the next call. */
  extract(vals: StringVector | DictionaryVector, size: number): Extraction;
}

export interface Extraction {
  /** A row a text, in the schema that `orcSchema` gives for the columns. */
  readonly batch: ColumnBatch;
  /**
   * For each column, in how many rows it has less than the document: the value, or something inside it, is there and
   * not JSON's null, and is null in the column as it does not fit the type.
   */
  readonly misfits: readonly number[];
  /** Texts that are no JSON object; all their columns are null, and no misfit is counted for them. */
  readonly unusable: number;
}

export interface ExtractorOptions {
  /**
   * Whether `A` is another member than `a`, as it is to Spark; true by default. If not, the exact name goes before the
   * others, and of these the first in the text.
   */
  readonly caseSensitive?: boolean;
}

/**
 * Makes an extractor that gives what Spark's `from_json` gives in its permissive mode, in UTC, for documents in our
 * canonical form (well-formed JSON, no member twice). That is: integers only into integers, numbers also out of texts
 * for decimals only, anything into strings, a struct without the fields that do not fit, no array or map of which
 * something does not fit.
 *
 * Where it differs, on purpose:
 * - A damaged text gives nulls only; Spark gives what came before the damage, or not, and ignores what stands behind
 *   the document.
 * - A time without a date is no timestamp; Spark takes the day on which it runs.
 * - A text that ends inside a group of base64 is a misfit; Spark loses its place and often the whole row.
 * - Digits in a decimal's text are ASCII's; Java takes those of all scripts.
 * - Doubles in strings have the shortest digits, as since Java 19.
 */
export function typedExtractor(
  columns: readonly TypedColumn[],
  { caseSensitive = true }: ExtractorOptions = {},
): TypedExtractor {
  const notes: Notes = { hasMisfit: false };
  const readers = columns.map(({ type }) => typeReader(type, caseSensitive, notes));
  const isMisfit = new Uint8Array(columns.length);
  const readRoot = objectVisitor(memberTree(columns, caseSensitive));
  let row = 0;
  /** Whether the names of the path so far are the exact ones. */
  let isExactPath = true;

  return {
    extract(vals, size) {
      const { data, offsets } = 'ids' in vals ? vals.dictionary : vals;
      const misfits = columns.map(() => 0);
      let unusable = 0;
      for (const reader of readers) reader.truncate(0);
      for (row = 0; row < size; row++) {
        if (isPresent(vals.present, row)) {
          const entry = 'ids' in vals ? (vals.ids[row] as number) : row;
          if (!readDocument(data, offsets[entry] as number, offsets[entry + 1] as number)) {
            unusable++;
            for (const reader of readers) reader.truncate(row);
            isMisfit.fill(0);
          }
        }
        readers.forEach((reader, column) => {
          if (reader.slots.size === row) reader.pushNull();
          misfits[column] = (misfits[column] as number) + (isMisfit[column] as number);
        });
        isMisfit.fill(0);
      }
      return { batch: { size, columns: readers.map((reader) => reader.vector()) }, misfits, unusable };
    },
  };

  function readDocument(bytes: Uint8Array, start: number, end: number): boolean {
    isExactPath = true;
    const at = skipSpace(bytes, start);
    if (bytes[at] !== OPEN_BRACE) return false;
    const last = walkObject(bytes, at, readRoot);
    // A damaged text may go on into the next one.
    return last > 0 && last <= end && skipSpace(bytes, last) >= end;
  }

  function objectVisitor({ find, members }: MemberTree): VisitMember {
    const visitors = members.map(({ inside }) => inside && objectVisitor(inside));
    return (bytes, key, keyEnd, at) => {
      const found = find(bytes, key, keyEnd);
      if (found === UNKNOWN) return skipValue(bytes, at);
      const number = found < 0 ? ~found : found;
      const wasExactPath = isExactPath;
      isExactPath &&= found >= 0;
      let end = DAMAGED;
      for (const column of (members[number] as WantedMember).columns) {
        end = readColumn(column, bytes, at);
        if (end === DAMAGED) return DAMAGED;
      }
      const visit = visitors[number];
      if (visit !== undefined) {
        end = bytes[at] === OPEN_BRACE ? walkObject(bytes, at, visit) : skipValue(bytes, at);
      }
      isExactPath = wasExactPath;
      return end;
    };
  }

  function readColumn(column: number, bytes: Uint8Array, at: number): number {
    const reader = readers[column] as ValueReader;
    if (reader.slots.size > row) {
      if (!isExactPath) return skipValue(bytes, at);
      reader.truncate(row);
    }
    notes.hasMisfit = false;
    const end = readValue(reader, bytes, at);
    isMisfit[column] = end < DAMAGED || notes.hasMisfit ? 1 : 0;
    if (end >= DAMAGED) return end;
    reader.pushNull();
    return ~end;
  }
}

function isPresent(present: Uint8Array | undefined, row: number): boolean {
  return present === undefined || ((present[row >> 3] as number) & (1 << (row & 7))) !== 0;
}
