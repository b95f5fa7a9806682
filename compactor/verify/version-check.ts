import type { CertifiedVersion } from './certified-versions.ts';
import { checkFile, type CheckedFile, type FileToCheck } from './file-check.ts';
import { difference, wrong, type Finding } from './finding.ts';
import { idsInBoth } from './ids-in-both.ts';
import { inputFindings } from './inputs.ts';
import { ledgerFindings } from './ledger-check.ts';
import { checkManifest } from './manifest-check.ts';
import { rebuildFindings } from './rebuild.ts';
import { seamFault, type Uniqueness } from './row-check.ts';
import { hexDigits64 } from '../range-writer.ts';
import type { Certificate, CertifiedDataset } from '../../schemas/certificate.ts';
import type { Manifest } from '../../schemas/manifest.ts';
import { mapConcurrently } from '../../storage/map-concurrently.ts';
import type { ListedObject, ObjectStore } from '../../storage/store.ts';

export interface VersionOptions {
  readonly published: ObjectStore;
  /** Make the version again, with this folder for what does not fit into memory. */
  readonly rebuildIn: string | undefined;
  /** The last certificate before; `unknown` when it cannot be read, or is missing. */
  readonly earlier: Certificate | 'unknown' | undefined;
  /** Called after each file. */
  readonly onFile: (file: CheckedFile) => void;
}

/** Compares a version with its certificate: its manifest, what it is made of, its folder, and all of its files. */
export async function checkVersion(
  options: VersionOptions,
  certificate: Certificate,
  certified: CertifiedVersion,
): Promise<readonly Finding[]> {
  const { published, earlier, rebuildIn } = options;
  const { kind, prefix, dataset, tombstones } = certified;
  const listed = await listFolder(published, prefix);
  const { findings, manifest, recipe } = await checkManifest(published, certificate, certified);
  const inputs =
    recipe === undefined
      ? []
      : [
          ...(await inputFindings(published, prefix, recipe, certificate, earlier)),
          ...(recipe.kind === 'changes' ? await ledgerFindings(published, recipe, certificate, earlier) : []),
        ];
  const rows = await checkFolder(options, dataset, listed, {
    rule: kind === 'typed' ? 'columns' : kind === 'changes' ? 'record' : 'id',
    entries: manifest?.files,
  });
  const deleted =
    tombstones &&
    (await checkFolder(options, tombstones, await listFolder(published, tombstones.location), {
      rule: 'id',
      entries: manifest?.tombstones,
    }));
  const isReadable = rows.checksum !== undefined && deleted?.checksum !== undefined;
  const ids = isReadable ? await idsInBoth(published, rows.files, deleted.files) : 0;
  return [
    ...findings,
    ...inputs,
    ...rows.findings,
    ...(deleted?.findings ?? []),
    ...(ids === 0 ? [] : [wrong(prefix, `${ids} ids are among the tombstones, too`)]),
    ...checksumFindings(prefix, expectedChecksum(kind, certificate, manifest), rows, deleted),
    ...(rebuildIn === undefined || manifest === undefined || recipe === undefined
      ? []
      : await rebuildFindings(published, prefix, manifest, rebuildIn)),
  ];
}

interface CheckedFolder {
  readonly findings: readonly Finding[];
  readonly files: readonly ListedObject[];
  /** Of all rows; undefined when some could not be read, or are of a typed table. */
  readonly checksum: bigint | undefined;
}

async function checkFolder(
  { published, onFile }: VersionOptions,
  { location, files }: CertifiedDataset,
  listed: readonly ListedObject[],
  {
    rule,
    entries,
  }: { readonly rule: Uniqueness | 'columns'; readonly entries: Manifest['files'] | undefined },
): Promise<CheckedFolder> {
  const objects = new Map(listed.map((object) => [object.key, object]));
  const wanted = files.map((certified): FileToCheck => ({
    key: `${location}${certified.name}`,
    certified,
    size: objects.get(`${location}${certified.name}`)?.size,
    rule,
    checksum: entries?.find(({ name }) => name === certified.name)?.checksum,
  }));
  const findings: Finding[] = [];
  const checked: CheckedFile[] = [];
  for await (const file of mapConcurrently(wanted, FILES_AT_ONCE, (each) => checkFile(published, each))) {
    onFile(file);
    checked.push(file);
    findings.push(...file.findings);
  }
  const keys = new Set(wanted.map(({ key }) => key));
  for (const { key } of listed) {
    if (!keys.has(key) && !isHidden(key)) findings.push(wrong(key, 'the file is not certified'));
  }
  if (rule !== 'columns') findings.push(...seamFindings(wanted, checked, rule));
  const contents = checked.flatMap(({ content }) => content ?? []);
  return {
    findings,
    files: wanted.flatMap(({ key }) => objects.get(key) ?? []),
    checksum:
      contents.length === wanted.length
        ? contents.reduce((sum, { checksum }) => BigInt.asUintN(64, sum + checksum), 0n)
        : undefined,
  };
}

const FILES_AT_ONCE = 4;

/** The rows of one file come after those of the file before. */
function seamFindings(
  files: readonly FileToCheck[],
  checked: readonly CheckedFile[],
  rule: Uniqueness,
): readonly Finding[] {
  return files.flatMap(({ key }, index) => {
    const before = checked[index - 1]?.content?.edges?.last;
    const after = checked[index]?.content?.edges?.first;
    const fault = before && after && seamFault(before, after, rule);
    return fault === undefined ? [] : [wrong(key, `row 1 is ${fault}, after the file before`)];
  });
}

/** Changes are certified to be what was merged; the rest has to be what its own manifest says. */
function expectedChecksum(
  kind: CertifiedVersion['kind'],
  { merge }: Certificate,
  manifest: Manifest | undefined,
): string | undefined {
  return kind === 'changes' ? merge.checksumOut : manifest?.counts.checksumOut;
}

function checksumFindings(
  prefix: string,
  expected: string | undefined,
  rows: CheckedFolder,
  tombstones: CheckedFolder | undefined,
): readonly Finding[] {
  const checksum = tombstones === undefined ? 0n : tombstones.checksum;
  if (expected === undefined || rows.checksum === undefined || checksum === undefined) return [];
  const found = hexDigits64(BigInt.asUintN(64, rows.checksum + checksum));
  return difference(prefix, 'checksum of all rows', expected, found);
}

/** Query engines take such files for no data. */
function isHidden(key: string): boolean {
  return /\/[_.][^/]*$/.test(key);
}

function listFolder(published: ObjectStore, prefix: string): Promise<ListedObject[]> {
  return Array.fromAsync(published.list(prefix));
}
