/** Prints the result of a command, alone on stdout, as readable text. */
export function printText(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Prints the result of a command, alone on stdout, for a program; 64-bit integers become strings. */
export function printJson(result: unknown): void {
  const json = JSON.stringify(
    result,
    (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
    2,
  );
  process.stdout.write(`${json}\n`);
}

/** Tells the person at the terminal something that is not part of the result. */
export function printNote(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** An event of a long-running command as a line of its log. */
export function logLine(event: string, facts: Readonly<Record<string, unknown>> = {}): string {
  return `${event} ${JSON.stringify(facts)}\n`;
}
