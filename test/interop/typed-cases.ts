// Random DDL, and documents that nearly fit it.

import type { Random } from '../../schemas/sample/random.ts';
import {
  decimalTexts,
  fieldNames,
  floats,
  fragments,
  integers,
  leafTypes,
  numberWords,
  oddBase64,
  oddDates,
  oddRoots,
  oddTimestamps,
  otherNames,
  years,
  zones,
  type Choices,
} from './odd-json.ts';

export interface TypedCase {
  readonly ddl: string;
  /** Canonical JSON. */
  readonly vals: readonly string[];
}

/** Of the types given, and of arrays, maps and structs of them. */
export function randomCase(random: Random, documents: number, types: Choices = leafTypes): TypedCase {
  const fields = randomFields(random, 1 + random.below(5), 0, types);
  const ddl = fields.map((field) => spelled(random, field, ' ')).join(random.pick([', ', ',', ',\n  ']));
  const vals = Array.from({ length: documents }, () =>
    random.chance(0.02) ? random.pick(oddRoots) : documentOf(random, fields),
  );
  return { ddl, vals };
}

interface Field {
  readonly name: string;
  readonly type: Type;
}

type Type =
  | { readonly kind: 'leaf'; readonly ddl: string }
  | { readonly kind: 'array'; readonly element: Type }
  | { readonly kind: 'map'; readonly value: Type }
  | { readonly kind: 'struct'; readonly fields: readonly Field[] };

function randomFields(random: Random, count: number, depth: number, types: Choices): readonly Field[] {
  const names = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const name = random.pick(fieldNames);
    names.set(name.toLowerCase(), name);
  }
  return [...names.values()].map((name) => ({ name, type: randomType(random, depth, types) }));
}

function randomType(random: Random, depth: number, types: Choices): Type {
  switch (random.below(depth < 3 ? 10 : 7)) {
    case 7:
      return { kind: 'array', element: randomType(random, depth + 1, types) };
    case 8:
      return { kind: 'map', value: randomType(random, depth + 1, types) };
    case 9:
      return { kind: 'struct', fields: randomFields(random, 1 + random.below(4), depth + 1, types) };
    default:
      return { kind: 'leaf', ddl: random.pick(types) };
  }
}

function spelled(random: Random, { name, type }: Field, colon: string): string {
  const isPlain = /^[A-Za-z_]\w*$/.test(name) && random.chance(0.8);
  const quoted = isPlain ? name : `\`${name.replaceAll('`', '``')}\``;
  return `${quoted}${colon}${typeText(random, type)}${random.chance(0.1) ? " COMMENT 'it''s'" : ''}`;
}

function typeText(random: Random, type: Type): string {
  switch (type.kind) {
    case 'array':
      return `ARRAY<${typeText(random, type.element)}>`;
    case 'map':
      return `map<string, ${typeText(random, type.value)}>`;
    case 'struct':
      return `STRUCT<${type.fields.map((field) => spelled(random, field, random.pick([' ', ':', ': ']))).join(', ')}>`;
    case 'leaf':
      return random.chance(0.5) ? type.ddl : type.ddl.toUpperCase();
  }
}

function documentOf(random: Random, fields: readonly Field[]): string {
  const members = new Map<string, string>();
  for (const { name, type } of fields) {
    if (random.chance(0.9)) members.set(name, valueOf(random, type));
    if (random.chance(0.05)) members.set(name.toUpperCase(), valueOf(random, type));
  }
  while (random.chance(0.4)) members.set(random.pick(otherNames), anyValue(random, 0));
  return objectText(random, members);
}

/** With its keys sorted by code point, which is the order of their UTF-8. */
function objectText(random: Random, members: ReadonlyMap<string, string>): string {
  const sorted = [...members].toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${sorted.map(([name, value]) => `${quote(random, name)}:${value}`).join()}}`;
}

function valueOf(random: Random, type: Type): string {
  if (random.chance(0.05)) return 'null';
  if (random.chance(0.08)) {
    // Spark loses its place in the text on strings that end inside a group of base64.
    return type.kind === 'leaf' && type.ddl === 'binary' ? random.pick(['1', '[]']) : anyValue(random, 0);
  }
  switch (type.kind) {
    case 'array':
      return `[${Array.from({ length: random.below(4) }, () => valueOf(random, type.element)).join()}]`;
    case 'map': {
      const names = Array.from({ length: random.below(4) }, () => random.pick(otherNames));
      return objectText(random, new Map(names.map((name) => [name, valueOf(random, type.value)])));
    }
    case 'struct':
      return documentOf(random, type.fields);
    case 'leaf':
      return leafValue(random, type.ddl);
  }
}

function leafValue(random: Random, ddl: string): string {
  switch (ddl) {
    case 'string':
      return random.chance(0.6) ? quote(random, randomText(random)) : anyValue(random, 0);
    case 'boolean':
      return random.pick(['true', 'false', '"true"', '1']);
    case 'date':
      return quote(random, random.chance(0.7) ? randomDate(random) : random.pick(oddDates));
    case 'timestamp':
    case 'timestamp_ntz':
      if (random.chance(0.1)) return random.pick(integers);
      return quote(random, random.chance(0.8) ? randomTimestamp(random) : random.pick(oddTimestamps));
    case 'binary':
      return quote(random, random.chance(0.5) ? random.bytes(8).toString('base64') : random.pick(oddBase64));
    case 'float':
    case 'double':
      return random.chance(0.8) ? randomNumber(random) : quote(random, random.pick(numberWords));
    default:
      if (!ddl.startsWith('dec') || random.chance(0.6)) return randomNumber(random);
      return quote(random, random.chance(0.5) ? random.pick(decimalTexts) : randomNumber(random));
  }
}

function anyValue(random: Random, depth: number): string {
  switch (random.below(depth < 3 ? 6 : 4)) {
    case 0:
      return random.pick(['null', 'true', 'false']);
    case 1:
      return randomNumber(random);
    case 4:
      return `[${Array.from({ length: random.below(4) }, () => anyValue(random, depth + 1)).join()}]`;
    case 5: {
      const names = Array.from({ length: random.below(4) }, () => random.pick(otherNames));
      return objectText(random, new Map(names.map((name) => [name, anyValue(random, depth + 1)])));
    }
    default:
      return quote(random, randomText(random));
  }
}

function randomNumber(random: Random): string {
  const digits = (most: number) => String(random.below(10 ** (1 + random.below(most))));
  const sign = random.chance(0.3) ? '-' : '';
  switch (random.below(6)) {
    case 0:
      return random.pick(integers);
    case 1:
      return random.pick(floats);
    case 2:
      return `${sign}${digits(9)}`;
    case 3:
      return `${sign}${digits(9)}.${digits(9)}`;
    case 4:
      return `${sign}${digits(2)}.${digits(9)}${digits(9)}${random.pick(['e', 'E'])}${random.pick(['', '+', '-'])}${random.below(45)}`;
    default: {
      const half = random.pick(['.5', '.05', '5.005', '50.49999', '49.995', '500001.5']);
      return `${sign}${1 + random.below(9)}${digits(9)}${half}`;
    }
  }
}

function randomDate(random: Random): string {
  const two = (limit: number) => String(random.below(limit)).padStart(random.pick([1, 2, 2, 2]), '0');
  const year = random.chance(0.8) ? String(1900 + random.below(200)) : random.pick(years);
  return random.pick([
    year,
    `${year}-${two(13)}`,
    `${year}-${two(13)}-${two(32)}`,
    `${year}-0${1 + random.below(9)}-1${two(9)}`,
  ]);
}

function randomTimestamp(random: Random): string {
  const two = (limit: number) => String(random.below(limit)).padStart(2, '0');
  const one = (limit: number) => String(random.below(limit));
  const day = `${1900 + random.below(200)}-${two(12)}-${two(29)}`;
  const time = random.pick([
    `${two(24)}:${two(60)}:${two(60)}`,
    `${two(24)}:${two(60)}:${two(60)}.${random.below(10 ** (1 + random.below(9)))}`,
    `${one(25)}:${one(61)}:${one(61)}`,
    `${two(24)}:${two(60)}`,
  ]);
  return `${day}${random.pick(['T', 'T', ' '])}${time}${random.pick(zones)}`;
}

function randomText(random: Random): string {
  return Array.from({ length: random.below(5) }, () => random.pick(fragments)).join('');
}

/** With escapes where they must be, and here and there where they need not. */
function quote(random: Random, text: string): string {
  if (!random.chance(0.05)) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, i) =>
    text.charCodeAt(i).toString(16).padStart(4, '0'),
  );
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}
