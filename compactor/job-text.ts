import { isDeepStrictEqual } from 'node:util';
import type { InputFile, Job } from './jobs.ts';
import { membersOf, listOf, type Members } from '../schemas/json-members.ts';

/**
 * A job as JSON, whose digest names it. What is made twice by the same code gives the same text; the members stay in
 * their order, as that of metadata can be seen in files.
 */
export function jobText(job: Job): string {
  return JSON.stringify(job);
}

/** The text is not that of a job, or of one from another release. */
export class JobTextError extends Error {
  override readonly name = 'JobTextError';
}

/** The inverse of {@link jobText}. @throws {JobTextError} for any other text */
export function parseJob(text: string): Job {
  const json = parseJson(text);
  const at = membersOf(json, 'job', JobTextError);
  const job = at.text('kind') === 'typed' ? typedJob(at, json) : mergeJob(at, json);
  if (!isDeepStrictEqual(job, json)) throw new JobTextError('the job has other members than are known here');
  return job;
}

function mergeJob(at: Members, json: unknown): Job {
  const { inputs } = json as { readonly inputs: unknown };
  if (!Array.isArray(inputs)) throw new JobTextError('job.inputs is no list');
  const sizes = at.object('readSizes');
  return {
    kind: 'merge',
    rule: oneOf(at, 'rule', ['changes', 'newest', 'delete-wins']),
    inputs: inputs.map((files, n) => listOf(files, `job.inputs[${n}]`, JobTextError).map(inputFile)),
    ranges: at.list('ranges').map((range) => ({ first: range.count('first'), last: range.count('last') })),
    prefix: at.text('prefix'),
    ...(at.has('tombstonesPrefix') && { tombstonesPrefix: at.text('tombstonesPrefix') }),
    compression: oneOf(at, 'compression', ['ZLIB', 'ZSTD']),
    userMetadata: texts(at.object('userMetadata')),
    mostInputs: at.count('mostInputs'),
    readSizes: {
      batchSize: sizes.count('batchSize'),
      batchBytes: sizes.count('batchBytes'),
      windowBytes: sizes.count('windowBytes'),
    },
  };
}

function typedJob(at: Members, json: unknown): Job {
  return {
    kind: 'typed',
    file: inputFile(at.object('file')),
    key: at.text('key'),
    columns: at.text('columns'),
    paths: texts(at.object('paths')),
    isCaseSensitive: (json as { readonly isCaseSensitive: unknown }).isCaseSensitive === true,
    compression: oneOf(at, 'compression', ['ZLIB', 'ZSTD']),
    userMetadata: texts(at.object('userMetadata')),
  };
}

function inputFile(at: Members): InputFile {
  return { key: at.text('key'), size: at.count('size') };
}

function texts(at: Members): Record<string, string> {
  return Object.fromEntries(at.names.map((name) => [name, at.text(name)]));
}

function oneOf<Value extends string>(at: Members, name: string, values: readonly Value[]): Value {
  const found = values.find((value) => value === at.text(name));
  if (found === undefined) throw new JobTextError(`${at.place}.${name} is none that is known here`);
  return found;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JobTextError('the job is no JSON', { cause });
  }
}
