import { OrcError } from '../../src/errors.ts';
import { fuzzCase, type FuzzFile } from './cases.ts';
import { readEverything } from './read-everything.ts';

export interface Outcome {
  readonly number: number;
  readonly file: string;
  readonly what: string;
  readonly ms: number;
  /** `accepted`, the code of an error, or what must not be. */
  readonly result: { readonly kind: 'accepted' | 'refused' | 'fault'; readonly text: string };
}

export async function runCase(files: readonly FuzzFile[], seed: number, number: number): Promise<Outcome> {
  const { file, what, bytes } = await fuzzCase(files, seed, number);
  const start = performance.now();
  const result = await resultOf(bytes);
  return { number, file, what, ms: performance.now() - start, result };
}

async function resultOf(bytes: Uint8Array): Promise<Outcome['result']> {
  try {
    await readEverything(bytes);
    return { kind: 'accepted', text: 'accepted' };
  } catch (error) {
    if (error instanceof OrcError) return { kind: 'refused', text: error.code };
    return { kind: 'fault', text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
