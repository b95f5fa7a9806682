import { hash } from 'node:crypto';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { addRow, addSummary, emptyBatch, valBytes, type Batch } from '../consumer/batch.ts';
import { emptyCanonicalText, type CanonicalText } from '../consumer/record/canonical.ts';
import { beginRun, type SourceRun } from '../consumer/source-run.ts';
import { writeBatch } from '../consumer/write-batch.ts';
import { parseSourceObject } from '../schemas/source-object.ts';
import { collectionsOf } from '../schemas/collection.ts';
import { localStore } from '../storage/local-store.ts';
import { DAY } from './compaction-data.ts';
import { changeRecord } from './compaction-record.ts';

export interface PartsToMake {
  readonly folder: string;
  readonly parts: number;
  /** A multiple of five. */
  readonly rowsOfPart: number;
  /** This worker makes part `first` and every `step`th after it. */
  readonly first: number;
  readonly step: number;
}

export interface Totals {
  readonly valBytes: bigint;
  /** Of what is there for the first time. */
  readonly fingerprintSum: bigint;
}

/** Of Kafka's topic. */
const PARTITIONS = 20;

const { folder, parts, rowsOfPart, first, step } = workerData as PartsToMake;
const collection = collectionsOf([])(DAY);
/** Records of a part that no part before it has; they come first. */
const own = (rowsOfPart / 5) * 4;
let allValBytes = 0n;
let fingerprintSum = 0n;
for (let part = first; part < parts; part += step) {
  const batch = makePart(part);
  allValBytes += BigInt(valBytes(batch));
  for (const one of new BigInt64Array(batch.fingerprints.buffer, 0, own)) fingerprintSum += one;
  for (const compression of ['ZLIB', 'ZSTD'] as const) {
    await writeBatch(
      { ...batch, collection: { ...collection, compression } },
      localStore(join(folder, compression)),
    );
  }
}
parentPort?.postMessage({ valBytes: allValBytes, fingerprintSum } satisfies Totals);

/** A part that holds one source object, whole. */
function makePart(part: number): Batch {
  const run = beginSource(part);
  const batch = emptyBatch({ collection, exportDate: DAY.exportDate, generation: 0 });
  const id = emptyCanonicalText();
  const val = emptyCanonicalText();
  for (let row = 0; row < rowsOfPart; row++) {
    const record = changeRecord(row < own ? part * own + row : redelivered(part, row - own));
    fill(id, record.id);
    fill(val, record.val);
    addRow(batch, run, row + 1, { ...record, kind: 'row', collection, id, val, isIdMismatch: false });
  }
  Object.assign(run, { lines: rowsOfPart, rows: rowsOfPart, state: 'read' });
  addSummary(batch, run);
  return batch;
}

/** The `nth` record that a part holds once more: of the other parts in turns, and of each what no third part repeats. */
function redelivered(part: number, nth: number): number {
  const others = parts - 1;
  const ofEach = Math.ceil((rowsOfPart - own) / others);
  const other = (part + 1 + (nth % others)) % parts;
  return other * own + ((part * ofEach + Math.floor(nth / others)) % own);
}

function beginSource(part: number): SourceRun {
  const from = Math.floor(part / PARTITIONS) * rowsOfPart;
  const offsets = `${from}-${from + rowsOfPart - 1}`;
  const { db, collection: name } = DAY;
  const object = parseSourceObject(
    `corporate_storage/ucfs_main/2026/11/17/${db}/${name}/db.${db}.${name}_${part % PARTITIONS}_${offsets}.jsonl.gz`,
  );
  if (object.kind === 'other') throw new Error(`${object.key}: ${object.why}`);
  return beginRun(object, 0, { eTag: hash('md5', object.key) });
}

function fill(text: CanonicalText, value: string): void {
  text.length = Buffer.from(text.bytes.buffer).write(value);
}
