import { hash } from 'node:crypto';
import type { Job, MergeResult, TypedResult } from './jobs.ts';
import { jobText, parseJob } from './job-text.ts';
import { sealedText, unsealed } from './sealed-text.ts';
import { jobKey } from '../schemas/layout.ts';
import { readText } from '../storage/read-text.ts';
import type { ObjectStore } from '../storage/store.ts';

/** The name of a job in the published bucket: the digest of its text. */
export function jobName(job: Job): string {
  return hash('sha256', jobText(job));
}

export async function storeJob(published: ObjectStore, name: string, job: Job): Promise<void> {
  await published.put(jobKey('jobs', name), Buffer.from(jobText(job)));
}

/**
 * The job of this name; undefined when there is none, or another text than its name is the digest of.
 *
 * @throws {JobTextError} when it is one from another release
 */
export async function readJob(published: ObjectStore, name: string): Promise<Job | undefined> {
  const text = await readText(published, jobKey('jobs', name));
  return text === undefined || hash('sha256', text) !== name ? undefined : parseJob(text);
}

/** To be called when all files of the job are durable. */
export async function storeResult(
  published: ObjectStore,
  name: string,
  result: MergeResult | TypedResult,
): Promise<void> {
  await published.put(jobKey('results', name), Buffer.from(sealedText({ job: name, result })));
}

/** What came of a job, if that is known and its files are there; what is damaged counts as not there. */
export async function readResult(
  published: ObjectStore,
  name: string,
  job: Job,
): Promise<MergeResult | TypedResult | undefined> {
  const stored = unsealed(await readText(published, jobKey('results', name))) as StoredResult | undefined;
  if (stored?.job !== name) return undefined;
  const heads = await Promise.all(
    filesOf(job, stored.result).map(async ({ key, bytes }) => (await published.head(key))?.size === bytes),
  );
  return heads.every(Boolean) ? stored.result : undefined;
}

interface StoredResult {
  readonly job: string;
  readonly result: MergeResult | TypedResult;
}

interface WrittenFile {
  readonly key: string;
  readonly bytes: number;
}

function filesOf(job: Job, result: MergeResult | TypedResult): readonly WrittenFile[] {
  if (job.kind === 'typed') return 'entry' in result ? [{ key: job.key, bytes: result.entry.bytes }] : [];
  if ('entry' in result) return [];
  const { prefix, tombstonesPrefix = prefix } = job;
  return [
    ...result.files.map(({ name, bytes }) => ({ key: `${prefix}${name}`, bytes })),
    ...result.tombstones.map(({ name, bytes }) => ({ key: `${tombstonesPrefix}${name}`, bytes })),
  ];
}
