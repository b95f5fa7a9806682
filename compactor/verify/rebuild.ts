import { OrcError } from 'orc-writer-wasm';
import { difference, wrong, type Finding } from './finding.ts';
import { InputMissingError } from '../build.ts';
import { buildVersion } from '../build-version.ts';
import type { JobPool } from '../job-pool.ts';
import type { Job } from '../jobs.ts';
import { ConservationError } from '../merge-proof.ts';
import { RowShapeError } from '../part-columns.ts';
import { UnreadableFileError } from '../row-files.ts';
import { runJob } from '../run-job.ts';
import { areaPrefix } from '../../schemas/layout.ts';
import { MANIFEST_NAME, ManifestError, manifestText, type Manifest } from '../../schemas/manifest.ts';
import { PartGoneError } from '../../storage/live-parts.ts';
import type { ObjectStore } from '../../storage/store.ts';

/**
 * Makes a version again from what its recipe says, and compares. Nothing is written. As equal recipes make equal files,
 * this finds whatever was changed, even where every digest was made to fit. Another release may compress otherwise.
 */
export async function rebuildFindings(
  published: ObjectStore,
  prefix: string,
  manifest: Manifest,
  scratchFolder: string,
): Promise<readonly Finding[]> {
  const { recipe, version } = manifest;
  const store = withoutWrites(published, `${prefix}${MANIFEST_NAME}`);
  try {
    const made = await buildVersion(
      { published: store, pool: poolOfThisThread(store, scratchFolder), shards: 1 },
      { recipe, version, prefix, isPublished: false },
    );
    const findings = filesOf(prefix, made).flatMap(({ key, sha256 }) => {
      const found = filesOf(prefix, manifest).find((file) => file.key === key)?.sha256 ?? null;
      return difference(key, 'SHA-256 of the file made again', sha256, found);
    });
    return findings.length > 0 || manifestText(made) === manifestText(manifest)
      ? findings
      : [wrong(`${prefix}${MANIFEST_NAME}`, 'the manifest made again is another')];
  } catch (error) {
    if (!(error instanceof Error) || !FORESEEN.some((kind) => error instanceof kind)) throw error;
    return [wrong(prefix, `it cannot be made again: ${error.message}`)];
  }
}

/** Inputs that are not as they were. */
const FORESEEN = [
  ConservationError,
  InputMissingError,
  ManifestError,
  OrcError,
  PartGoneError,
  RowShapeError,
  UnreadableFileError,
];

function filesOf(
  prefix: string,
  { files, tombstones }: Manifest,
): readonly { readonly key: string; readonly sha256: string }[] {
  const apart = `${areaPrefix('tombstones')}${prefix.slice(areaPrefix('exports').length)}`;
  const keyed = (folder: string, list: Manifest['files']): ReturnType<typeof filesOf> =>
    list.map(({ name, sha256 }) => ({ key: `${folder}${name}`, sha256 }));
  return [...keyed(prefix, files), ...keyed(apart, tombstones)];
}

/** The store as it would be without one of its objects. What is put is read to its end, and gone. */
function withoutWrites(published: ObjectStore, hidden: string): ObjectStore {
  return {
    ...published,
    get: async (key, options) => (key === hidden ? { kind: 'missing' } : published.get(key, options)),
    async put(_, body) {
      let size = body instanceof Uint8Array ? body.length : 0;
      if (!(body instanceof Uint8Array)) for await (const chunk of body) size += chunk.length;
      return { kind: 'stored', eTag: '', size };
    },
    delete: () => Promise.reject(new Error('nothing is written here')),
  };
}

function poolOfThisThread(published: ObjectStore, scratchFolder: string): JobPool {
  return {
    size: 1,
    run: ((job: Job, writerWorkers?: number) =>
      runJob(published, job, { writerWorkers: writerWorkers ?? 1, scratchFolder })) as JobPool['run'],
    warmUp: () => {},
    close: async () => {},
  };
}
