import { CommanderError } from 'commander';
import { SettingsError } from '../settings.ts';
import { SetupError } from '../storage/aws-setup.ts';
import { StateFileError } from '../storage/sqlite-file.ts';

/**
 * Every way a command can end. Exit codes: 0 done, 1 failed, 2 wrong usage.
 *
 * - `done`: the command did what was asked, printing help included.
 * - `wrong-usage`: nothing was started, because the command line or a setting does not make sense.
 * - `failed`: the command started and could not finish; the message says why.
 * - `crashed`: a fault nobody foresaw.
 * - `abandoned`: told to stop a second time, so what was in work is left to its next delivery.
 * - `reader-left`: whoever read our output closed it (`cdi … | head`), so there is nobody left to tell.
 */
export type Ending =
  | { readonly kind: 'done' }
  | { readonly kind: 'wrong-usage'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'crashed'; readonly error: unknown }
  | { readonly kind: 'abandoned' }
  | { readonly kind: 'reader-left' };

/** The command line or a setting is wrong; the message is one line that says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command could not finish; the message is one line meant for the person who ran it. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** Sorts what a command threw into one of the endings. */
export function endingOf(error: unknown): Ending {
  if (error instanceof CommanderError) {
    // Commander throws for --help and --version too, with exit code 0.
    return error.exitCode === 0
      ? { kind: 'done' }
      : { kind: 'wrong-usage', message: usageLine(error.message) };
  }
  if (error instanceof UsageError || error instanceof SettingsError) {
    return { kind: 'wrong-usage', message: error.message };
  }
  if (error instanceof CommandFailed || error instanceof StateFileError || error instanceof SetupError)
    return { kind: 'failed', message: error.message };
  if (isBrokenPipe(error)) return { kind: 'reader-left' };
  return { kind: 'crashed', error };
}

/** Says how the command ended on stderr and sets the exit code; output still being written is not cut off. */
export function endProcess(ending: Ending, isDebug: boolean): void {
  switch (ending.kind) {
    case 'done':
      process.exitCode = 0;
      return;
    case 'wrong-usage':
      process.stderr.write(`cdi: ${ending.message}\n`);
      process.exitCode = 2;
      return;
    case 'failed':
      process.stderr.write(`cdi: ${ending.message}\n`);
      process.exitCode = 1;
      return;
    case 'crashed':
      process.stderr.write(crashReport(ending.error, isDebug));
      process.exitCode = 1;
      return;
    case 'abandoned':
      process.stderr.write('cdi: stopped at once; what was in work will be delivered again\n');
      return process.exit(1);
    case 'reader-left':
      // Nothing more can be printed, and finishing the work for nobody would only hold up the pipeline.
      return process.exit(0);
  }
}

/** Commander's errors start with `error: ` and put a suggestion, if there is one, on a second line. */
function usageLine(message: string): string {
  const line = oneLine(message.replace(/^error: /, ''));
  return message.includes('\n') ? line : `${line} (--help shows what there is)`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

function crashReport(error: unknown, isDebug: boolean): string {
  if (isDebug) return `cdi: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
  const message = error instanceof Error ? error.message : String(error);
  return `cdi: unexpected: ${oneLine(message)} (CDI_DEBUG=1 shows where)\n`;
}
