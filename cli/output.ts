import { jsonText } from './json-text.ts';

/** Prints the result of a command, alone on stdout, as readable text. */
export function printText(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Prints the result of a command, alone on stdout, for a program. */
export function printJson(result: unknown): void {
  process.stdout.write(`${jsonText(result, 2)}\n`);
}

/** Tells the person at the terminal something that is not part of the result. */
export function printNote(line: string): void {
  process.stderr.write(`${line}\n`);
}
