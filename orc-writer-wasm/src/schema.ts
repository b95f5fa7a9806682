import { SchemaMismatchError } from './errors.ts';

/** Every type of ORC 1.1, in the order of `Type.Kind` in orc_proto.proto. */
export const categories = [
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'float',
  'double',
  'string',
  'binary',
  'timestamp',
  'array',
  'map',
  'struct',
  'uniontype',
  'decimal',
  'date',
  'varchar',
  'char',
  'timestamp with local time zone',
  'geometry',
  'geography',
] as const;

/** The name of a type, as it is in a schema's text. */
export type Category = (typeof categories)[number];

/** One node of a schema; `id` counts the nodes in pre-order from 0, `maximumId` is the last one below this node. */
export interface TypeDescription {
  readonly category: Category;
  readonly id: number;
  readonly maximumId: number;
  readonly fieldNames: readonly string[];
  readonly children: readonly TypeDescription[];
  /** Of `char` and `varchar`, in code points. */
  readonly maximumLength?: number;
  /** Of `decimal`. */
  readonly precision?: number;
  readonly scale?: number;
  readonly attributes?: ReadonlyMap<string, string>;
}

/**
 * Reads a type in ORC's own notation, such as ``struct<id:string,`odd name`:decimal(18,2)>``.
 *
 * @throws {SchemaMismatchError} when the text is not such a type
 */
export function parseSchema(text: string): TypeDescription {
  let at = 0;
  let nextId = 0;
  const type = parseType();
  if (at !== text.length) throw unexpected();
  return type;

  function parseType(): TypeDescription {
    const id = nextId++;
    const category = parseCategory();
    const fieldNames: string[] = [];
    const children: TypeDescription[] = [];
    let parameters = {};
    if (category === 'struct') {
      expect('<');
      if (text[at] !== '>') {
        do {
          fieldNames.push(parseName());
          expect(':');
          children.push(parseType());
        } while (accept(','));
      }
      expect('>');
    } else if (category === 'array' || category === 'map' || category === 'uniontype') {
      expect('<');
      do children.push(parseType());
      while (accept(','));
      expect('>');
      const wanted = { array: 1, map: 2, uniontype: children.length }[category];
      if (children.length !== wanted) throw unexpected();
    } else if (category === 'decimal') {
      parameters = { precision: 38, scale: 10 };
      if (accept('(')) {
        const precision = parseNumber();
        const scale = accept(',') ? parseNumber() : 0;
        expect(')');
        parameters = { precision, scale };
      }
    } else if (category === 'char' || category === 'varchar') {
      expect('(');
      parameters = { maximumLength: parseNumber() };
      expect(')');
    }
    return { category, id, maximumId: nextId - 1, fieldNames, children, ...parameters };
  }

  function parseCategory(): Category {
    const word = /^[a-z][a-z ]*/.exec(text.slice(at))?.[0] ?? '';
    const category = categories.find((name) => name === word);
    if (category === undefined) throw unexpected();
    at += word.length;
    return category;
  }

  function parseName(): string {
    const match = /^(?:`((?:[^`]|``)+)`|([A-Za-z0-9_$.]+))/.exec(text.slice(at));
    if (match === null) throw unexpected();
    at += match[0].length;
    return match[2] ?? (match[1] ?? '').replaceAll('``', '`');
  }

  function parseNumber(): number {
    const digits = /^\d{1,9}/.exec(text.slice(at))?.[0];
    if (digits === undefined) throw unexpected();
    at += digits.length;
    return Number(digits);
  }

  function accept(character: string): boolean {
    const found = text[at] === character;
    if (found) at++;
    return found;
  }

  function expect(character: string): void {
    if (!accept(character)) throw unexpected();
  }

  function unexpected(): SchemaMismatchError {
    return new SchemaMismatchError(
      'bad-schema',
      `the type text is not understood at character ${at}: ${text}`,
    );
  }
}

/** The text that `parseSchema` reads back as an equal type; attributes are not part of it. */
export function formatSchema(type: TypeDescription): string {
  switch (type.category) {
    case 'struct': {
      const fields = type.children.map(
        (child, i) => `${formatName(type.fieldNames[i] ?? '')}:${formatSchema(child)}`,
      );
      return `struct<${fields.join(',')}>`;
    }
    case 'array':
    case 'map':
    case 'uniontype':
      return `${type.category}<${type.children.map(formatSchema).join(',')}>`;
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'char':
    case 'varchar':
      return `${type.category}(${type.maximumLength})`;
    default:
      return type.category;
  }
}

function formatName(name: string): string {
  return /^[A-Za-z0-9_]+$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

/** The category of the type with this id. */
export function categoryOf(type: TypeDescription, id: number): Category | undefined {
  if (type.id === id) return type.category;
  const child = type.children.find((each) => each.id <= id && id <= each.maximumId);
  return child === undefined ? undefined : categoryOf(child, id);
}
