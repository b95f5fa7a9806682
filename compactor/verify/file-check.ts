import { createHash } from 'node:crypto';
import { openReader, OrcError } from 'orc-writer-wasm';
import { difference, wrong, type Finding } from './finding.ts';
import { rowCheck, type CheckedRows, type Uniqueness } from './row-check.ts';
import { rangeOfName } from '../id-part-ranges.ts';
import { RowShapeError } from '../part-columns.ts';
import { hexDigits64 } from '../range-writer.ts';
import type { CertifiedFile } from '../../schemas/certificate.ts';
import { PartGoneError, partSource } from '../../storage/live-parts.ts';
import type { ObjectStore } from '../../storage/store.ts';

export interface FileToCheck {
  readonly key: string;
  readonly certified: CertifiedFile;
  /** As it was listed; undefined when it was not. */
  readonly size: number | undefined;
  /** `columns`: of a typed table, whose rows have no keys. */
  readonly rule: Uniqueness | 'columns';
  /** As the manifest says it. */
  readonly checksum: string | undefined;
}

export interface CheckedFile {
  readonly findings: readonly Finding[];
  readonly rows: number;
  readonly bytes: number;
  /** Undefined when it is of a typed table, or could not be read to its end. */
  readonly content: CheckedRows | undefined;
}

/**
 * Reads a file twice, its bytes and then its rows: whoever made digests fit what they changed still meets what is said
 * of the rows. In memory are a few batches.
 */
export async function checkFile(published: ObjectStore, file: FileToCheck): Promise<CheckedFile> {
  const { key, certified, size, checksum } = file;
  if (size === undefined) {
    return { findings: [wrong(key, 'the file is missing')], rows: 0, bytes: 0, content: undefined };
  }
  const bytes = difference(key, 'bytes', certified.bytes, size);
  try {
    const digest = difference(key, 'SHA-256', certified.sha256, await sha256Of(published, key));
    const { rows, content, ...read } = await readRows(published, { ...file, size });
    const findings = [...bytes, ...digest, ...read.findings];
    if (read.findings.length === 0) findings.push(...difference(key, 'rows', certified.rows, rows));
    if (content !== undefined) {
      for (const [fault, row] of content.faults) findings.push(wrong(key, `row ${row} is ${fault}`));
      const found = hexDigits64(content.checksum);
      if (checksum !== undefined) findings.push(...difference(key, 'checksum of rows', checksum, found));
    }
    return { findings, rows, bytes: size, content };
  } catch (error) {
    if (!(error instanceof PartGoneError)) throw error;
    return { findings: [wrong(key, 'the file is gone')], rows: 0, bytes: 0, content: undefined };
  }
}

async function sha256Of(published: ObjectStore, key: string): Promise<string> {
  const result = await published.get(key);
  if (result.kind !== 'found') throw new PartGoneError(`${key} is gone`);
  const digest = createHash('sha256');
  for await (const chunk of result.body) digest.update(chunk);
  return digest.digest('hex');
}

async function readRows(
  published: ObjectStore,
  { key, size, rule, certified }: FileToCheck & { readonly size: number },
): Promise<Pick<CheckedFile, 'findings' | 'rows' | 'content'>> {
  const check = rule === 'columns' ? undefined : rowCheck(rule, rangeOfName(certified.name));
  let rows = 0;
  try {
    await using reader = await openReader(partSource(published, { key, size }));
    for await (const batch of reader.batches(READ_SIZES)) {
      check?.add(batch);
      rows += batch.size;
    }
    return { findings: [], rows, content: check?.end() };
  } catch (error) {
    if (!(error instanceof OrcError || error instanceof RowShapeError)) throw error;
    return { findings: [wrong(key, `its rows cannot be read: ${error.message}`)], rows, content: undefined };
  }
}

/** As several files are read at once. */
const READ_SIZES = { batchSize: 4_096, batchBytes: 2 ** 22, windowBytes: 2 ** 21 };
