import type { Row } from './record/read-record.ts';
import { quarantinedLines, type SourceRun } from './source-run.ts';
import type { Collection } from '../schemas/collection.ts';
import type { ObjectSummary } from '../schemas/part.ts';

/** What a batch is for: rows of one collection, export date and generation. */
export interface BatchTarget {
  readonly collection: Collection;
  /** `YYYY-MM-DD` */
  readonly exportDate: string;
  readonly generation: number;
}

/** Rows as columns, in the order they were read; it becomes one part. */
export interface Batch extends BatchTarget {
  readonly sources: BatchSource[];
  readonly openedAtMs: number;
  rows: number;
  /** `idEnds[row]` and `valEnds[row]` are where the row's bytes end in `ids` and `vals`. */
  ids: Uint8Array;
  idEnds: Uint32Array;
  vals: Uint8Array;
  valEnds: Uint32Array;
  idParts: Uint8Array;
  isDelete: Uint8Array;
  lastModifiedMs: Float64Array;
  /** Two a row: the low and the high 32 bits. */
  fingerprints: Int32Array;
  /** Indexes into `sources`. */
  sourceIndexes: Uint32Array;
  sourceLines: Int32Array;
  /** Of quarantine entries that are kept until it is written, and with it all rows of their objects. */
  quarantineBytes: number;
}

/** What a batch holds of one source object. */
export interface BatchSource {
  readonly run: SourceRun;
  rows: number;
  firstLine: number;
  lastLine: number;
  summary?: ObjectSummary;
}

const FIRST_ROWS = 256;
const FIRST_ID_BYTES = 16 << 10;
const FIRST_VAL_BYTES = 128 << 10;
const SMALL_BYTES = 8 << 20;
const WHOLE_PART_BYTES = 72 << 20;

export function emptyBatch(target: BatchTarget): Batch {
  return {
    ...target,
    sources: [],
    openedAtMs: Date.now(),
    rows: 0,
    ids: new Uint8Array(FIRST_ID_BYTES),
    idEnds: new Uint32Array(FIRST_ROWS),
    vals: new Uint8Array(FIRST_VAL_BYTES),
    valEnds: new Uint32Array(FIRST_ROWS),
    idParts: new Uint8Array(FIRST_ROWS),
    isDelete: new Uint8Array(FIRST_ROWS),
    lastModifiedMs: new Float64Array(FIRST_ROWS),
    fingerprints: new Int32Array(2 * FIRST_ROWS),
    sourceIndexes: new Uint32Array(FIRST_ROWS),
    sourceLines: new Int32Array(FIRST_ROWS),
    quarantineBytes: 0,
  };
}

/** Bytes of `val` in the batch. */
export function valBytes(batch: Batch): number {
  return batch.rows === 0 ? 0 : (batch.valEnds[batch.rows - 1] as number);
}

/** About the memory that the batch fills. */
export function heldBytes(batch: Batch): number {
  const idBytes = batch.rows === 0 ? 0 : (batch.idEnds[batch.rows - 1] as number);
  return idBytes + valBytes(batch) + 40 * batch.idEnds.length + batch.quarantineBytes;
}

/** Copies a row to the end of the batch. */
export function addRow(batch: Batch, run: SourceRun, line: number, row: Row): void {
  const index = batch.rows;
  if (index === batch.idEnds.length) growRows(batch);
  const sourceIndex = findSource(batch, run);
  const source = batch.sources[sourceIndex] as BatchSource;
  source.rows += 1;
  // Lines that had to wait for their key come late.
  source.firstLine = source.firstLine === 0 ? line : Math.min(source.firstLine, line);
  source.lastLine = Math.max(source.lastLine, line);

  const idStart = index === 0 ? 0 : (batch.idEnds[index - 1] as number);
  const valStart = index === 0 ? 0 : (batch.valEnds[index - 1] as number);
  const idEnd = idStart + row.id.length;
  const valEnd = valStart + row.val.length;
  if (idEnd > batch.ids.length) batch.ids = grown(batch.ids, idEnd);
  if (valEnd > batch.vals.length) batch.vals = grown(batch.vals, valEnd);
  batch.ids.set(row.id.bytes.subarray(0, row.id.length), idStart);
  batch.vals.set(row.val.bytes.subarray(0, row.val.length), valStart);
  batch.idEnds[index] = idEnd;
  batch.valEnds[index] = valEnd;
  batch.idParts[index] = row.idPart;
  batch.isDelete[index] = row.isDelete ? 1 : 0;
  batch.lastModifiedMs[index] = asOrcReadsIt(row.lastModifiedMs);
  batch.fingerprints[2 * index] = row.fingerprint[0] as number;
  batch.fingerprints[2 * index + 1] = row.fingerprint[1] as number;
  batch.sourceIndexes[index] = sourceIndex;
  batch.sourceLines[index] = line;
  batch.rows = index + 1;
}

/** Notes that so much of the object is kept until the batch is written. */
export function addQuarantined(batch: Batch, run: SourceRun, bytes: number): void {
  findSource(batch, run);
  batch.quarantineBytes += bytes;
}

/** Notes that a source object was read to its end. */
export function addSummary(batch: Batch, run: SourceRun): void {
  const { lines, rows, blank } = run;
  const quarantined = quarantinedLines(run);
  const source = batch.sources[findSource(batch, run)] as BatchSource;
  // In order, as lines that had to wait for their key come late.
  const reasons = Object.fromEntries(
    Object.entries(run.quarantined).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  source.summary = { lines, rows, blank, quarantined, ...(quarantined > 0 && { reasons }) };
}

/** The index of the object in `sources`, where it is put if need be. */
function findSource(batch: Batch, run: SourceRun): number {
  // Lines of one object come together, so it is the last one but for objects read side by side.
  for (let index = batch.sources.length - 1; index >= 0; index--) {
    if (batch.sources[index]?.run === run) return index;
  }
  run.openBatches += 1;
  return batch.sources.push({ run, rows: 0, firstLine: 0, lastLine: 0 }) - 1;
}

function growRows(batch: Batch): void {
  const rows = batch.rows * 2;
  batch.idEnds = copied(new Uint32Array(rows), batch.idEnds);
  batch.valEnds = copied(new Uint32Array(rows), batch.valEnds);
  batch.idParts = copied(new Uint8Array(rows), batch.idParts);
  batch.isDelete = copied(new Uint8Array(rows), batch.isDelete);
  batch.lastModifiedMs = copied(new Float64Array(rows), batch.lastModifiedMs);
  batch.fingerprints = copied(new Int32Array(2 * rows), batch.fingerprints);
  batch.sourceIndexes = copied(new Uint32Array(rows), batch.sourceIndexes);
  batch.sourceLines = copied(new Int32Array(rows), batch.sourceLines);
}

/**
 * ORC cannot store the second before 1970: what lies in it is read one second later. Rows have to be sorted by what is
 * read, or compaction would find their part out of order.
 */
function asOrcReadsIt(ms: number): number {
  return ms > -1_000 && ms < 0 ? ms + 1_000 : ms;
}

function copied<Column extends { set(from: Column): void }>(to: Column, from: Column): Column {
  to.set(from);
  return to;
}

/** Doubles while it is small; a large one gets room for a whole part at once, of which only what is used is real. */
function grown(bytes: Uint8Array, needed: number): Uint8Array {
  const length =
    bytes.length < SMALL_BYTES ? bytes.length * 2 : Math.max(WHOLE_PART_BYTES, needed + SMALL_BYTES);
  return copied(new Uint8Array(Math.max(needed, length)), bytes);
}
