// Reads damaged files by the thousand: `npm run test:fuzz -- --files 10000 --seed 1`. `--only 123` repeats one of them.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { inspect, parseArgs } from 'node:util';
import { fuzzCase, fuzzFiles } from './cases.ts';
import type { Outcome } from './outcome.ts';
import { MEMORY_LIMIT } from './read-everything.ts';

/** What a process that reads the files says. */
export type Message =
  | { readonly kind: 'begun'; readonly number: number }
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly memory: number };

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed);
const first = Number(values.only ?? 0);
const end = values.only === undefined ? Number(values.files) : first + 1;

/** A file is read in milliseconds; a machine may be busy. */
const HANG_MS = 30_000;
/** What the process may have besides what reading may take: Node, the files, and garbage of the last few. */
const OTHER_BYTES = 700 * 2 ** 20;
const PROGRESS = 500;
/** How many cases one process does before the next one begins afresh. */
const SHIFT = 2500;

const codes = new Map<string, number>();
const faults: string[] = [];
let slowest: Outcome | undefined;
let mostMemory = 0;

const start = performance.now();
for (let next = first; next < end;) next = await shift(next, Math.min(end, next + SHIFT));
report();
process.exitCode = faults.length === 0 ? 0 : 1;

/** Runs cases in a process of their own until it is through or ends, and returns the number of the next one. */
async function shift(from: number, to: number): Promise<number> {
  const child = fork(new URL('child.ts', import.meta.url), [seed, from, to].map(String), {
    execArgv: ['--max-old-space-size=512', '--disable-warning=ExperimentalWarning'],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
  });
  let next = from;
  let reason = '';
  let watchdog = setTimeout(endHanging, HANG_MS);
  child.on('message', (message: Message) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(endHanging, HANG_MS);
    if (message.kind === 'begun') {
      next = message.number;
      return;
    }
    next = message.outcome.number + 1;
    record(message.outcome);
    mostMemory = Math.max(mostMemory, message.memory);
    if (message.memory > MEMORY_LIMIT + OTHER_BYTES) kill(`took ${megabytes(message.memory)}`, next - 1);
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  clearTimeout(watchdog);
  if (code === 0) return to;
  await addFault(next, reason === '' ? `ends the process: ${code ?? signal}` : reason);
  return next + 1;

  function endHanging(): void {
    kill(`hangs for over ${HANG_MS} ms`, next);
  }

  function kill(why: string, number: number): void {
    reason = why;
    next = number;
    child.kill('SIGKILL');
  }
}

function record(outcome: Outcome): void {
  const { number, file, what, ms, result } = outcome;
  if (result.kind === 'fault') faults.push(`${name(number)}, ${file}, ${what}: ${result.text}`);
  const code = result.kind === 'fault' ? 'FAULT' : result.text;
  codes.set(code, (codes.get(code) ?? 0) + 1);
  if (ms > (slowest?.ms ?? 0)) slowest = outcome;
  if ((number + 1) % PROGRESS === 0) {
    const seconds = Math.round((performance.now() - start) / 1000);
    say(`${number + 1 - first} of ${end - first} files, ${faults.length} faults, ${seconds} s`);
  }
  if (values.only !== undefined) say(inspect(outcome));
}

async function addFault(number: number, fault: string): Promise<void> {
  const { file, what } = await fuzzCase(await fuzzFiles(), seed, number);
  faults.push(`${name(number)}, ${file}, ${what}: ${fault}`);
}

function name(number: number): string {
  return `--seed ${seed} --only ${number}`;
}

function report(): void {
  for (const fault of faults) say(`FAULT ${fault}`);
  const sorted = [...codes].toSorted(([, a], [, b]) => b - a);
  say(`${end - first} files of seed ${seed}, ${faults.length} faults`);
  for (const [code, count] of sorted) say(`  ${String(count).padStart(6)} ${code}`);
  if (slowest !== undefined) {
    const { number, file, what, ms } = slowest;
    say(`slowest: ${Math.round(ms)} ms, ${name(number)}, ${file}, ${what}`);
  }
  say(`most memory of the process: ${megabytes(mostMemory)}`);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
