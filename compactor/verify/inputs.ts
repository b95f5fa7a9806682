import { difference, note, wrong, type Finding } from './finding.ts';
import type { Certificate, CertifiedDataset } from '../../schemas/certificate.ts';
import { dayPrefix, publishedKey, versionOfPrefix } from '../../schemas/layout.ts';
import type { ChangesRecipe, Recipe, SnapshotRecipe } from '../../schemas/recipe.ts';
import { publishedFiles } from '../../storage/published-files.ts';
import type { ObjectStore } from '../../storage/store.ts';

/**
 * Whether what a version says that it is made of is there, or certified.
 *
 * @param prefix - the folder of the version
 * @param earlier - the last certificate before; `unknown` when it cannot be read, or is missing
 */
export async function inputFindings(
  published: ObjectStore,
  prefix: string,
  recipe: Recipe,
  certificate: Certificate,
  earlier: Certificate | 'unknown' | undefined,
): Promise<readonly Finding[]> {
  switch (recipe.kind) {
    case 'changes':
      return partFindings(published, recipe);
    case 'snapshot':
      return snapshotFindings(prefix, recipe, certificate, earlier);
    case 'typed': {
      const source = certifiedVersion(certificate, 'snapshot') ?? certifiedVersion(certificate, 'changes');
      return difference(prefix, 'the version it is made from', source ?? null, recipe.source.version);
    }
  }
}

async function partFindings(published: ObjectStore, recipe: ChangesRecipe): Promise<readonly Finding[]> {
  const { db, collection, exportDate, parts } = recipe;
  const findings: Finding[] = [];
  const missing = new Map(parts.map(({ name, bytes }) => [name, bytes]));
  let late = 0;
  const filter = { collection: { db, collection }, exportDate };
  for await (const { name, key, size } of publishedFiles(published, 'live', filter)) {
    const bytes = missing.get(name);
    if (bytes === undefined) late += 1;
    else findings.push(...difference(key, 'bytes of the live part', bytes, size));
    missing.delete(name);
  }
  for (const name of missing.keys()) {
    const key = publishedKey({ area: 'live', db, collection, exportDate, name });
    findings.push(wrong(key, 'the live part is missing'));
  }
  if (late > 0) {
    findings.push(note(dayPrefix('live', recipe), `${late} live parts have come since it was certified`));
  }
  return findings;
}

function snapshotFindings(
  prefix: string,
  recipe: SnapshotRecipe,
  certificate: Certificate,
  earlier: Certificate | 'unknown' | undefined,
): readonly Finding[] {
  const changes = difference(
    prefix,
    'the version of changes it is made from',
    certifiedVersion(certificate, 'changes') ?? null,
    recipe.changes,
  );
  if (earlier === 'unknown') return changes;
  const base = earlier && certifiedVersion(earlier, 'snapshot');
  const rowsOf = (wanted: CertifiedDataset['kind']): number =>
    earlier?.datasets.find(({ kind }) => kind === wanted)?.rows ?? 0;
  return [
    ...changes,
    ...difference(
      prefix,
      'the snapshot it is made from',
      base === undefined ? null : `${base} of ${earlier?.exportDate}`,
      recipe.base === null ? null : `${recipe.base.version} of ${recipe.base.exportDate}`,
    ),
    ...difference(
      prefix,
      'rows that went into the snapshot',
      certificate.merge.rowsOut + rowsOf('snapshot') + rowsOf('tombstones'),
      certificate.snapshot?.rowsIn ?? 0,
    ),
  ];
}

function certifiedVersion({ datasets }: Certificate, wanted: 'changes' | 'snapshot'): string | undefined {
  return versionOfPrefix(datasets.find(({ kind }) => kind === wanted)?.location ?? '');
}
