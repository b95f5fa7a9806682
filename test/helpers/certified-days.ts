import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { certificateFiles } from '../../compactor/certificate-files.ts';
import { verifyCollection, type CollectionVerdict } from '../../compactor/verify/verify.ts';
import type { Certificate, CertifiedDataset } from '../../schemas/certificate.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { newCompactionBench, toDoDay } from './compaction-bench.ts';
import { plainRow } from './live-part.ts';
import { newFolder } from './queue-place.ts';

export const DAYS = ['2026-07-02', '2026-07-03', '2026-07-04'] as const;
export const [FIRST, MIDDLE, LAST] = DAYS;

/** A published bucket with changes, snapshots and tombstones of three days, and a typed table of the last one, all certified. */
export interface CertifiedDays {
  readonly published: ObjectStore;
  verdict(exportDate?: string): Promise<CollectionVerdict>;
  /** Everything, with every version made again. */
  rebuilt(): Promise<CollectionVerdict>;
  /** Whether something is said to be wrong with a thing, in these words. */
  isNamed(where: string | RegExp, what: string | RegExp, exportDate?: string): Promise<boolean>;
  certificate(exportDate: string): Promise<Certificate>;
  /** The first file of a dataset. @defaultValue of the last day */
  file(kind: CertifiedDataset['kind'], exportDate?: string): Promise<CertifiedFileOfDay>;
}

export interface CertifiedFileOfDay {
  readonly key: string;
  readonly dataset: CertifiedDataset;
}

/** A copy of what was compacted once in this process. */
export async function certifiedDays(t: ExecutionContext): Promise<CertifiedDays> {
  template ??= makeTemplate(t);
  const folder = await newFolder(t);
  await cp(await template, folder, { recursive: true });
  const published = localStore(folder);

  const verdict = (exportDate?: string, rebuildIn?: string): Promise<CollectionVerdict> =>
    verifyCollection({ published, exportDate, rebuildIn, onProgress: () => {} }, toDoDay);

  const certificate: CertifiedDays['certificate'] = async (exportDate) => {
    const files = await certificateFiles(published, toDoDay);
    const file = files.find((each) => each.exportDate === exportDate);
    if (file?.kind !== 'certificate') throw new Error(`no certificate of ${exportDate}`);
    return file.certificate;
  };

  return {
    published,
    verdict,
    certificate,
    rebuilt: () => verdict(undefined, tmpdir()),
    async isNamed(where, what, exportDate) {
      const { findings } = await verdict(exportDate);
      return findings.some(
        (finding) => finding.kind === 'wrong' && isLike(finding.where, where) && isLike(finding.what, what),
      );
    },
    async file(kind, exportDate = LAST) {
      const { datasets } = await certificate(exportDate);
      const dataset = datasets.find((each) => each.kind === kind);
      const name = dataset?.files[0]?.name;
      if (dataset === undefined || name === undefined) throw new Error(`no ${kind} of ${exportDate}`);
      return { key: `${dataset.location}${name}`, dataset };
    },
  };
}

/** To be called after all tests. */
export async function removeCertifiedDays(): Promise<void> {
  if (template !== undefined) await rm(await template, { recursive: true, force: true });
}

let template: Promise<string> | undefined;

async function makeTemplate(t: ExecutionContext): Promise<string> {
  const bench = await newCompactionBench(t, {
    tombstones: 'drop',
    typedTables: [{ database: 'uc', table: 'names', columns: 'name STRING' }],
  });
  for (const [index, exportDate] of DAYS.entries()) {
    const rows = Array.from({ length: 12 }, (_, row) =>
      plainRow({
        id: `{"id":"${index + row}"}`,
        val: `{"_id":{"id":"${index + row}"},"name":"${exportDate} ${row}"}`,
        dbType: row % 3 === 0 ? 'DELETE' : 'INSERT',
        lastModifiedMs: index * 1_000 + row,
        sourceLine: row + 1,
      }),
    );
    const versions = [1, 2, 3].map((version) =>
      plainRow({
        id: '{"id":"often"}',
        lastModifiedMs: index * 10 + 3 - version,
        fingerprint: BigInt(version),
      }),
    );
    await bench.put(exportDate, [...rows, ...versions]);
  }
  t.like(await bench.compact(), { days: { length: 3, 2: { kind: 'published' } } });
  const folder = await mkdtemp(join(tmpdir(), 'cdi certified days '));
  await cp(join(bench.folder, 'published'), folder, { recursive: true });
  return folder;
}

function isLike(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}
