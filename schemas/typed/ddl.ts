import type { ColumnType, PrimitiveKind, StructField, TypedColumn } from './column-type.ts';
import { DdlError, ddlTokens, type DdlToken } from './ddl-tokens.ts';

/**
 * Reads columns from DDL in Spark's form, such as `a STRING, b STRUCT<c: INT, d: STRING>`: what `from_json` takes as
 * a schema, so files written for it can be used as they are. `NOT NULL` and `COMMENT '…'` are read and left out, as
 * `from_json` makes every column nullable.
 *
 * It is more lenient than Spark about colons and about names that begin with a digit, and less about names that are
 * the same but for their case, which a Hive table cannot have.
 *
 * @throws {DdlError} when the text is not such DDL.
 */
export function parseDdl(text: string): readonly TypedColumn[] {
  const tokens = ddlTokens(text);
  // `from_json` also takes the columns as one struct.
  const isStruct = tokens[0]?.text.toLowerCase() === 'struct' && tokens[1]?.text === '<';
  let next = isStruct ? 1 : 0;
  const columns = isStruct ? parseStruct() : parseFields();
  if (peek().kind !== 'end') throw expected('the end');
  return columns;

  function parseStruct(): readonly StructField[] {
    takeSymbol('<');
    const fields = parseFields();
    takeSymbol('>');
    return fields;
  }

  function parseFields(): readonly StructField[] {
    const fields: StructField[] = [];
    const names = new Set<string>();
    do {
      const { at } = peek();
      const field = parseField();
      const folded = field.name.toLowerCase();
      if (names.has(folded)) throw new DdlError(text, at, 'a name that no other field here has');
      names.add(folded);
      fields.push(field);
    } while (acceptSymbol(','));
    return fields;
  }

  function parseField(): StructField {
    const { kind, text: name } = peek();
    if (kind !== 'name' && kind !== 'quoted-name') throw expected('a name');
    next++;
    acceptSymbol(':');
    const type = parseType();
    if (acceptWord('not') && !acceptWord('null')) throw expected('NULL');
    if (acceptWord('comment') && tokens[next++]?.kind !== 'string') {
      next--;
      throw expected('the text of the comment in quotes');
    }
    return { name, type };
  }

  function parseType(): ColumnType {
    const token = peek();
    if (token.kind !== 'name') throw expected('a type');
    next++;
    const word = token.text.toLowerCase();
    const primitive = PRIMITIVES.get(word);
    if (primitive !== undefined) return { kind: primitive };
    switch (word) {
      case 'decimal':
      case 'dec':
      case 'numeric':
        return parseDecimal();
      case 'char':
      case 'character':
      case 'varchar':
        return parseCharacters();
      case 'array': {
        takeSymbol('<');
        const element = parseType();
        takeSymbol('>');
        return { kind: 'array', element };
      }
      case 'map': {
        takeSymbol('<');
        const key = peek();
        if (parseType().kind !== 'string')
          throw new DdlError(text, key.at, 'STRING, as JSON has no other keys');
        takeSymbol(',');
        const value = parseType();
        takeSymbol('>');
        return { kind: 'map', value };
      }
      case 'struct':
        return { kind: 'struct', fields: parseStruct() };
      default:
        throw new DdlError(text, token.at, 'a type that JSON can be read as');
    }
  }

  function parseDecimal(): ColumnType {
    if (!acceptSymbol('(')) return { kind: 'decimal', precision: 10, scale: 0 };
    const precision = parseNumber(1, 38, 'a precision of 1 to 38');
    const scale = acceptSymbol(',') ? parseNumber(0, precision, 'a scale of 0 to the precision') : 0;
    takeSymbol(')');
    return { kind: 'decimal', precision, scale };
  }

  /** Spark refuses them in `from_json`, or takes them for strings (`spark.sql.legacy.charVarcharAsString`). */
  function parseCharacters(): ColumnType {
    takeSymbol('(');
    parseNumber(1, Number.MAX_SAFE_INTEGER, 'a length');
    takeSymbol(')');
    return { kind: 'string' };
  }

  function parseNumber(least: number, most: number, what: string): number {
    const { text: digits } = peek();
    const number = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
    if (!(number >= least && number <= most)) throw expected(what);
    next++;
    return number;
  }

  function acceptWord(word: string): boolean {
    const token = peek();
    const found = token.kind === 'name' && token.text.toLowerCase() === word;
    if (found) next++;
    return found;
  }

  function acceptSymbol(symbol: string): boolean {
    const token = peek();
    const found = token.kind === 'symbol' && token.text === symbol;
    if (found) next++;
    return found;
  }

  function takeSymbol(symbol: string): void {
    if (!acceptSymbol(symbol)) throw expected(`"${symbol}"`);
  }

  function peek(): DdlToken {
    return tokens[next] ?? { kind: 'end', text: '', at: text.length };
  }

  function expected(what: string): DdlError {
    return new DdlError(text, peek().at, what);
  }
}

const PRIMITIVES = new Map<string, PrimitiveKind>([
  ['string', 'string'],
  ['boolean', 'boolean'],
  ['tinyint', 'tinyint'],
  ['byte', 'tinyint'],
  ['smallint', 'smallint'],
  ['short', 'smallint'],
  ['int', 'int'],
  ['integer', 'int'],
  ['bigint', 'bigint'],
  ['long', 'bigint'],
  ['float', 'float'],
  ['real', 'float'],
  ['double', 'double'],
  ['date', 'date'],
  ['timestamp', 'timestamp'],
  ['timestamp_ltz', 'timestamp'],
  ['timestamp_ntz', 'timestamp_ntz'],
  ['binary', 'binary'],
]);
