/** Text in which control characters are blanks, so that no value can move the cursor of a terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what must not reach a terminal
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, ' ');
}
