import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';

export interface CdiRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CdiOptions {
  readonly stdin?: string;
  readonly settings?: Record<string, string>;
  /** Of a copy of the program. */
  readonly main?: string;
}

/**
 * Runs the real command line in a process of its own, with no `CDI_…` settings but those given, and one worker thread:
 * tests have few lines each and run side by side.
 */
export async function runCdi(words: readonly string[], options: CdiOptions = {}): Promise<CdiRun> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CDI_'));
  const child = spawn(process.execPath, [options.main ?? mainFile, ...words], {
    env: { ...Object.fromEntries(inherited), CDI_WORKERS: '1', ...options.settings },
  });
  // A command that ends without reading its input closes the pipe under us.
  child.stdin.on('error', () => {}).end(options.stdin ?? '');
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    }),
  ]);
  return { code, stdout, stderr };
}

export const mainFile = new URL('../../cli/main.ts', import.meta.url).pathname;

/** An empty folder with an awkward name that is gone after the test. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi test+#✓ '));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
