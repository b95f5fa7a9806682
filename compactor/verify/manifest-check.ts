import { hash } from 'node:crypto';
import type { CertifiedVersion } from './certified-versions.ts';
import { difference, wrong, type Finding } from './finding.ts';
import { hasRecipeShape } from './recipe-shape.ts';
import { datasetPrefix } from '../plan.ts';
import type { Certificate, CertifiedDataset, CertifiedFile } from '../../schemas/certificate.ts';
import { versionPrefix, type DayOfCollection } from '../../schemas/layout.ts';
import { MANIFEST_NAME, ManifestError, parseManifest, type Manifest } from '../../schemas/manifest.ts';
import { versionOf, type Recipe } from '../../schemas/recipe.ts';
import { readText } from '../../storage/read-text.ts';
import type { ObjectStore } from '../../storage/store.ts';

export interface CheckedManifest {
  readonly findings: readonly Finding[];
  /** Undefined when it is not there, or is none. */
  readonly manifest: Manifest | undefined;
  /** Undefined when it is none of this version. */
  readonly recipe: Recipe | undefined;
}

/** Reads the manifest of a version and compares it with its certificate and with its own name. */
export async function checkManifest(
  published: ObjectStore,
  certificate: Certificate,
  certified: CertifiedVersion,
): Promise<CheckedManifest> {
  const key = `${certified.prefix}${MANIFEST_NAME}`;
  const none = { manifest: undefined, recipe: undefined };
  const text = await readText(published, key);
  if (text === undefined) return { findings: [wrong(key, 'the manifest is missing')], ...none };
  const findings: Finding[] = [
    certified.dataset,
    ...(certified.tombstones ? [certified.tombstones] : []),
  ].flatMap(({ manifestSha256 }) => difference(key, 'SHA-256', manifestSha256, hash('sha256', text)));
  try {
    const manifest = parseManifest(text);
    const recipe = hasRecipeShape(manifest.recipe) ? manifest.recipe : undefined;
    findings.push(
      ...recipeFindings(key, manifest, recipe, certificate, certified),
      ...fileFindings(key, certified.dataset.files, manifest.files),
      ...fileFindings(key, certified.tombstones?.files ?? [], manifest.tombstones),
      ...countFindings(key, certified.kind, manifest, certificate),
    );
    const isOfVersion = recipe?.kind === certified.kind && versionOf(recipe) === certified.version;
    return { findings, manifest, recipe: isOfVersion ? recipe : undefined };
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return { findings: [...findings, wrong(key, `the manifest cannot be read: ${error.message}`)], ...none };
  }
}

/** A version is named for the digest of its recipe, and lies where its recipe says. */
function recipeFindings(
  key: string,
  manifest: Manifest,
  recipe: Recipe | undefined,
  certificate: Certificate,
  { kind, prefix, version, dataset }: CertifiedVersion,
): readonly Finding[] {
  if (recipe === undefined) return [wrong(key, 'the recipe has not the members of one')];
  const digest = versionOf(recipe);
  const names = [
    ...difference(key, 'the kind of its recipe', kind, recipe.kind),
    ...difference(key, 'the day of its recipe', dayText(certificate), dayText(recipe)),
    ...(recipe.kind === 'typed'
      ? difference(
          key,
          'the table of its recipe',
          tableText(dataset.table),
          tableText({ ...recipe, name: recipe.table }),
        )
      : []),
  ];
  return [
    ...names,
    ...difference(key, 'the version it says', version, manifest.version),
    ...difference(key, 'the digest of its recipe', version, digest),
    ...(names.length > 0
      ? []
      : difference(key, 'the folder of its recipe', prefix, versionPrefix(datasetPrefix(recipe), digest))),
  ];
}

function dayText({ db, collection, exportDate }: DayOfCollection): string {
  return `${db}:${collection} ${exportDate}`;
}

function tableText(table: CertifiedDataset['table']): string {
  return `${table?.database}.${table?.name}`;
}

function fileFindings(
  key: string,
  certified: readonly CertifiedFile[],
  files: Manifest['files'],
): readonly Finding[] {
  const named = new Map(files.map((file) => [file.name, file]));
  return [
    ...files
      .filter(({ name }) => !certified.some((file) => file.name === name))
      .map(({ name }) => wrong(key, `its file ${name} is not certified`)),
    ...certified.flatMap(({ name, bytes, rows, sha256 }) => {
      const file = named.get(name);
      if (file === undefined) return [wrong(key, `it has no file ${name}`)];
      return [
        ...difference(key, `bytes of ${name}`, bytes, file.bytes),
        ...difference(key, `rows of ${name}`, rows, file.rows),
        ...difference(key, `SHA-256 of ${name}`, sha256, file.sha256),
      ];
    }),
  ];
}

function countFindings(
  key: string,
  kind: CertifiedVersion['kind'],
  { counts }: Manifest,
  { merge, snapshot }: Certificate,
): readonly Finding[] {
  const { rowsIn, duplicates, superseded, rowsOut, checksumIn, checksumOut } = counts;
  const own = [
    ...difference(key, 'rows out', rowsIn - duplicates - superseded, rowsOut),
    ...difference(key, 'checksum out', checksumIn, checksumOut),
  ];
  switch (kind) {
    case 'changes':
      return [
        ...own,
        ...difference(key, 'rows in', merge.rowsIn, rowsIn),
        ...difference(key, 'duplicates', merge.duplicates, duplicates),
        ...difference(key, 'superseded', merge.superseded, superseded),
        ...difference(key, 'checksum out', merge.checksumOut, checksumOut),
      ];
    case 'snapshot':
      return [
        ...own,
        ...difference(key, 'rows in', snapshot?.rowsIn ?? 0, rowsIn),
        ...difference(key, 'superseded', snapshot?.older ?? 0, superseded),
      ];
    case 'typed':
      return own;
  }
}
