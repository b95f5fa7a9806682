import type { Random } from '../../schemas/sample/random.ts';

/**
 * JSON text of an object as odd as documents get: escapes and white space anywhere, dates of all forms, keys that
 * occur twice or become equal when they are sanitised.
 */
export function randomDocument(random: Random): string {
  return randomObject(random, 0, [...keys, ...topKeys]);
}

function randomValue(random: Random, depth: number): string {
  const kinds = depth < 4 ? 10 : 7;
  switch (random.below(kinds)) {
    case 0:
      return random.pick(['null', 'true', 'false']);
    case 1:
      return randomNumber(random);
    case 2:
    case 3:
      return quote(random, randomDate(random));
    case 7:
      return `[${list(random, random.below(5), () => randomValue(random, depth + 1))}]`;
    case 8:
      return `{${space(random)}${quote(random, '$date')}:${randomMongoDate(random)}}`;
    case 9:
      return randomObject(random, depth + 1, keys);
    default:
      return quote(random, randomText(random));
  }
}

function randomObject(random: Random, depth: number, names: readonly [string, ...string[]]): string {
  const count = random.chance(0.02) ? 30 + random.below(60) : random.below(8);
  const key = () => quote(random, random.chance(0.7) ? random.pick(names) : randomText(random));
  return `{${list(random, count, () => `${key()}${space(random)}:${randomValue(random, depth)}`)}}`;
}

function list(random: Random, count: number, element: () => string): string {
  return Array.from({ length: count }, () => space(random) + element() + space(random)).join();
}

function randomMongoDate(random: Random): string {
  if (random.chance(0.8)) return quote(random, randomDate(random));
  return random.pick(['""', 'null', '0', '-0.0', 'false', '{"$numberLong":"1"}', '[]', '"no date"', '5']);
}

/** Mostly one that is good: a document with a bad one is quarantined whole. */
function randomDate(random: Random): string {
  const two = (limit: number) => String(random.below(limit)).padStart(2, '0');
  const year = random.chance(0.05) ? random.pick(['0001', '9999', '0099']) : `20${two(100)}`;
  const day = random.chance(0.01) ? '31' : String(1 + random.below(28)).padStart(2, '0');
  const month = String(1 + random.below(12)).padStart(2, '0');
  const fraction = random.chance(0.9) ? two(10) + random.below(10) : random.pick(['1', '12', '123456', '']);
  const zone = random.pick(['Z', 'Z', '+0000', '+0100', '-0130', '+05:30', '', '+1400']);
  return `${year}-${month}-${day}T${two(24)}:${two(60)}:${two(60)}${fraction === '' ? '' : `.${fraction}`}${zone}`;
}

function randomNumber(random: Random): string {
  const digits = () => String(random.below(2 ** 32));
  return random.pick([
    '0',
    '-0',
    '-0.0',
    '1.0',
    '1.10',
    '1e5',
    '1E+400',
    '0e9',
    digits() + digits() + digits(),
  ]);
}

function randomText(random: Random): string {
  return Array.from({ length: random.below(5) }, () => random.pick(fragments)).join('');
}

/** Any of a character's spellings. */
function quote(random: Random, text: string): string {
  let quoted = '';
  for (const character of text) {
    const short = shortEscapes.get(character);
    if (short !== undefined && (character !== '/' || random.chance(0.5))) quoted += short;
    else if (character < ' ' || !character.isWellFormed() || random.chance(0.05)) {
      for (let unit = 0; unit < character.length; unit++) {
        const hex = character.charCodeAt(unit).toString(16).padStart(4, '0');
        quoted += `\\u${random.chance(0.5) ? hex : hex.toUpperCase()}`;
      }
    } else quoted += character;
  }
  return `"${quoted}"`;
}

function space(random: Random): string {
  return random.chance(0.9) ? '' : random.pick([' ', '\n', '\t', '\r\n  ']);
}

const shortEscapes = new Map(
  ['""', '\\\\', '//', '\bb', '\ff', '\nn', '\rr', '\tt'].map((pair) => [
    pair.charAt(0),
    `\\${pair.charAt(1)}`,
  ]),
);

const keys = [
  'a',
  'ab',
  'a$',
  'ad_',
  '$date',
  'd_date',
  '$oid',
  'x\u0000',
  'x',
  '10',
  '9',
  '__proto__',
  'constructor',
  'nested_archived',
  'nested_removed',
  '_archivedDateTime',
  '_removedDateTime',
  'line\nbreak',
  'linebreak',
  '\uff61',
  '\u{1d4b3}',
  'a.b',
  '',
  '🦉 key',
] as const;

const topKeys = ['_id', '_lastModifiedDateTime', 'createdDateTime', '_removed\u0000DateTime'] as const;

const fragments = [
  '$',
  '$$',
  '_archived',
  '_archivedDateTime',
  '_arch\u0000ived',
  '_arch\nived',
  '\u0000',
  '\\',
  '\\u0000',
  '\\n',
  '\r',
  '\n',
  '\r\n',
  '|',
  '"',
  '/',
  '\t',
  '\u001f',
  '\u007f',
  'é',
  '漢',
  '\u2028',
  '\uff61',
  '\u{1d4b3}',
  '🦉',
  'plain text',
  ' ',
  'archived',
  '2020-01-02T03:04:05.678Z',
] as const;

/** Text that UTF-8 cannot hold, for the few documents that are to have it. */
export const loneSurrogates = ['"\\ud800"', '"\\udc00 "', '"\\ud83d\\ud83d"', '{"\\udfff":1}'] as const;
