import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where `npm run test:interop` puts its own. */
const INTEROP_PYTHON = join(import.meta.dirname, '..', '.venv', 'bin', 'python');

/** The Python to compare with, unless another is named. */
export const benchPython = existsSync(INTEROP_PYTHON) ? INTEROP_PYTHON : 'python3';

/** A Python process that stays warm between commands. */
export interface Pyarrow {
  readonly version: string;
  /** @throws {Error} when Python could not do it */
  run(command: string, parameters: object): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer extends Sample {
  readonly value: unknown;
}

/** What one run took. */
export interface Sample {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Undefined when this Python is not there or has no pyarrow. */
export async function startPyarrow(python: string): Promise<Pyarrow | undefined> {
  const child = spawn(python, ['-u', join(import.meta.dirname, 'pyarrow-orc.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close').catch((error: unknown) => error);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const greeting = await answer();
  if (greeting === undefined || !('ready' in greeting)) {
    await ended;
    return undefined;
  }
  return {
    version: String(greeting.ready),
    async run(command, parameters) {
      child.stdin.write(`${JSON.stringify({ command, ...parameters })}\n`);
      const given = await answer();
      if (given === undefined) throw new Error(`Python ended during ${command}`);
      if ('error' in given) throw new Error(`pyarrow cannot ${command}: ${String(given.error)}`);
      return given as unknown as Answer;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };

  async function answer(): Promise<Record<string, unknown> | undefined> {
    const { value } = await lines.next();
    return value === undefined ? undefined : (JSON.parse(value) as Record<string, unknown>);
  }
}
