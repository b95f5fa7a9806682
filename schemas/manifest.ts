import { membersOf, type Members } from './json-members.ts';
import { sorted, type Recipe } from './recipe.ts';

/** What is in the folder of a version. It is written last, so that where it is, everything else is too. */
export interface Manifest {
  readonly format: 1;
  readonly version: string;
  readonly recipe: Recipe;
  readonly counts: MergeCounts;
  /** In the order of their rows. */
  readonly files: readonly PublishedFileEntry[];
  /** Of a snapshot without tombstones: what lies in the area `tombstones` for the snapshots to come. */
  readonly tombstones: readonly PublishedFileEntry[];
  /** Of a typed table: by column, how many values did not fit its type and are null. */
  readonly misfits: Readonly<Record<string, number>>;
}

/** `rowsOut = rowsIn - duplicates - superseded`. */
export interface MergeCounts {
  readonly rowsIn: number;
  /** Of changes: the same record once more. */
  readonly duplicates: number;
  /** Of changes: rows of generations below the floor. Of snapshots: rows that a newer one of their id replaces. */
  readonly superseded: number;
  readonly rowsOut: number;
  /** Of distinct input rows and of output rows: the sum of their fingerprints modulo 2^64, as 16 hex digits. */
  readonly checksumIn: string;
  readonly checksumOut: string;
}

export interface PublishedFileEntry {
  /** `<first id_part>-<last id_part>-<n>.orc` */
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** Of its values, uncompressed. */
  readonly rawBytes: number;
  readonly sha256: string;
  /** The sum of the fingerprints of its rows modulo 2^64, as 16 hex digits; absent where rows have none. */
  readonly checksum?: string;
}

/** The name begins with `_`, as query engines take such files for no data. */
export const MANIFEST_NAME = '_manifest.json';

/** Its canonical text: the same manifest gives the same bytes. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(sorted(manifest), null, 1)}\n`;
}

/** The text is not that of a manifest. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** @throws {ManifestError} when it is no manifest of a form that is known here */
export function parseManifest(text: string): Manifest {
  const json = parseJson(text);
  const at = membersOf(json, 'manifest', ManifestError);
  if (at.count('format') !== 1) throw new ManifestError(`${at.place} is of an unknown format`);
  at.text('version');
  at.object('recipe');
  checkCounts(at.object('counts'));
  for (const file of [...at.list('files'), ...at.list('tombstones')]) checkFile(file);
  const misfits = at.object('misfits');
  for (const column of misfits.names) misfits.count(column);
  return json as Manifest;
}

function checkCounts(at: Members): void {
  for (const name of ['rowsIn', 'duplicates', 'superseded', 'rowsOut']) at.count(name);
  for (const name of ['checksumIn', 'checksumOut']) checkShape(at, name, CHECKSUM);
}

function checkFile(at: Members): void {
  checkShape(at, 'name', FILE_NAME);
  for (const name of ['rows', 'bytes', 'rawBytes']) at.count(name);
  checkShape(at, 'sha256', SHA_256);
  if (at.has('checksum')) checkShape(at, 'checksum', CHECKSUM);
}

function checkShape(at: Members, name: string, shape: RegExp): void {
  if (!shape.test(at.text(name))) throw new ManifestError(`${at.place}.${name} is not of its shape`);
}

const FILE_NAME = /^[\da-f]{2}-[\da-f]{2}-\d+\.orc$/;
const CHECKSUM = /^[\da-f]{16}$/;
const SHA_256 = /^[\da-f]{64}$/;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ManifestError('manifest is no JSON', { cause });
  }
}
