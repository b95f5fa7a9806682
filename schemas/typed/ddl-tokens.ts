/** A piece of DDL text; `text` is a name without its backticks, the rest as it was written. */
export interface DdlToken {
  readonly kind: 'name' | 'quoted-name' | 'string' | 'symbol' | 'end';
  readonly text: string;
  /** Index of its first character. */
  readonly at: number;
}

/** DDL text that is not understood. */
export class DdlError extends Error {
  override readonly name = 'DdlError';
  /** Index of the first character that was not expected. */
  readonly position: number;

  constructor(text: string, position: number, expected: string) {
    const before = text.slice(0, position).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    const found = position < text.length ? JSON.stringify(text.slice(position, position + 20)) : 'the end';
    super(`DDL line ${before.length}, column ${column}: expected ${expected}, found ${found}`);
    this.position = position;
  }
}

/**
 * The tokens of a DDL text, without spaces and comments (`-- …` and C's); the last one is its `end`.
 *
 * @throws {DdlError} where no token begins, or one does not end.
 */
export function ddlTokens(text: string): readonly DdlToken[] {
  const tokens: DdlToken[] = [];
  for (const { index: at, groups = {}, 0: whole } of text.matchAll(TOKEN)) {
    const { quoted, name, string, symbol, unknown } = groups;
    if (quoted !== undefined) tokens.push({ kind: 'quoted-name', text: quoted.replaceAll('``', '`'), at });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
    else if (string !== undefined) tokens.push({ kind: 'string', text: whole, at });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, at });
    else if (unknown !== undefined) throw new DdlError(text, at, 'a name, a type or punctuation');
  }
  return [...tokens, { kind: 'end', text: '', at: text.length }];
}

/** The last alternative takes any one character, so that nothing is passed over. */
const TOKEN = new RegExp(
  [
    String.raw`\s+|--[^\n]*|/\*[^]*?\*/`,
    '`(?<quoted>(?:[^`]|``)+)`',
    String.raw`(?<name>[\p{L}\p{N}_]+)`,
    String.raw`(?<string>'(?:[^'\\]|\\[^]|'')*'|"(?:[^"\\]|\\[^]|"")*")`,
    '(?<symbol>[<>(),:])',
    '(?<unknown>[^])',
  ].join('|'),
  'gu',
);
