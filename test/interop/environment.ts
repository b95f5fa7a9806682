import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A program that is there, or why it is not. */
export type Available<T> =
  | { readonly kind: 'there'; readonly value: T }
  | { readonly kind: 'missing'; readonly why: string };

export interface Python {
  readonly executable: string;
  /** Packages of the requirements that could not be installed, with pip's reason. */
  readonly missing: ReadonlyMap<string, string>;
}

const run = promisify(execFile);

/**
 * Makes a virtual environment with the required packages. One that is there already is used again if it has all that
 * is required.
 */
export async function pythonEnvironment(folder: string, requirements: string): Promise<Available<Python>> {
  const executable = join(folder, 'bin', 'python');
  const installed = join(folder, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  const last = await readFile(installed, 'utf8').catch(() => '');
  if (last === wanted && (await works(executable, ['--version']))) {
    return { kind: 'there', value: { executable, missing: new Map() } };
  }
  try {
    await run('python3', ['-m', 'venv', '--clear', folder]);
    await run(executable, ['-m', 'pip', '--version']);
  } catch (error) {
    return { kind: 'missing', why: `no Python with venv and pip: ${lastLine(error)}` };
  }
  const missing = new Map<string, string>();
  for (const requirement of wanted.split('\n').filter(Boolean)) {
    const [name = requirement] = requirement.split('==');
    try {
      await run(executable, ['-m', 'pip', 'install', '--quiet', '--retries', '1', requirement]);
    } catch (error) {
      missing.set(name, `pip refused to install it: ${lastLine(error)}`);
    }
  }
  if (missing.size === 0) await writeFile(installed, wanted);
  return { kind: 'there', value: { executable, missing } };
}

/** The Java on the path, if it is new enough for Spark. */
export async function java(): Promise<Available<string>> {
  try {
    const { stderr } = await run('java', ['-version']);
    const version = Number(/version "(\d+)/.exec(stderr)?.[1]);
    if (version >= OLDEST_JAVA) return { kind: 'there', value: 'java' };
    return { kind: 'missing', why: `it needs Java ${OLDEST_JAVA}, and here is ${version}` };
  } catch {
    return { kind: 'missing', why: 'there is no Java' };
  }
}

const OLDEST_JAVA = 17;

/** The folder of the Java libraries that come with PySpark; without it nothing. */
export async function sparkJars(python: Available<Python>): Promise<string> {
  if (python.kind === 'missing' || python.value.missing.has('pyspark')) return '';
  const code =
    'import importlib.util; print(importlib.util.find_spec("pyspark").submodule_search_locations[0])';
  const { stdout } = await run(python.value.executable, ['-c', code]);
  return join(stdout.trim(), 'jars');
}

async function works(file: string, words: readonly string[]): Promise<boolean> {
  return run(file, words).then(
    () => true,
    () => false,
  );
}

function lastLine(error: unknown): string {
  const text =
    error instanceof Error && 'stderr' in error && error.stderr !== '' ? String(error.stderr) : String(error);
  return text.trim().split('\n').at(-1) ?? '';
}
