import type { NestedValue } from 'orc-writer-wasm';
import { doubleText } from '../../compactor/typed/double-text.ts';
import type { ColumnType, TypedColumn } from '../../schemas/typed/column-type.ts';
import { parseLossless, type Json } from './lossless-json.ts';

export interface NaiveRow {
  readonly values: readonly NestedValue[];
  readonly isMisfit: readonly boolean[];
}

/** The columns of a document as plainly as can be, of the types that need no calendar; undefined if it is no object. */
export function naiveRow(columns: readonly TypedColumn[], text: string): NaiveRow | undefined {
  const document = text.trim() === '' ? null : parseLossless(text);
  if (!(document instanceof Map)) return undefined;
  const cells = columns.map(({ name, type }) => cellOf(type, document.get(name) ?? null));
  return { values: cells.map(({ value }) => value), isMisfit: cells.map(({ isMisfit }) => isMisfit) };
}

interface Cell {
  readonly value: NestedValue;
  /** Here, or anywhere inside. */
  readonly isMisfit: boolean;
}

function cellOf(type: ColumnType, json: Json): Cell {
  const notes = { isMisfit: false };
  const value = valueOf(type, json, notes);
  return value === MISFIT ? { value: null, isMisfit: true } : { value, ...notes };
}

const MISFIT = Symbol('misfit');

function valueOf(type: ColumnType, json: Json, notes: { isMisfit: boolean }): NestedValue | typeof MISFIT {
  if (json === null) return null;
  switch (type.kind) {
    case 'struct':
      if (!(json instanceof Map)) return MISFIT;
      return Object.fromEntries(
        type.fields.map((field) => {
          const { value, isMisfit } = cellOf(field.type, json.get(field.name) ?? null);
          notes.isMisfit ||= isMisfit;
          return [field.name.toLowerCase(), value];
        }),
      );
    case 'array': {
      if (!Array.isArray(json)) return MISFIT;
      const elements = json.map((element) => valueOf(type.element, element, notes));
      const fit = elements.filter((element) => element !== MISFIT);
      return fit.length === elements.length ? fit : MISFIT;
    }
    case 'map': {
      if (!(json instanceof Map)) return MISFIT;
      const entries = [...json].map(([key, value]) => [key, valueOf(type.value, value, notes)] as const);
      const fit = entries.flatMap(([key, value]) => (value === MISFIT ? [] : [[key, value] as const]));
      return fit.length === entries.length ? new Map(fit) : MISFIT;
    }
    case 'string':
      return typeof json === 'string' ? json : jsonText(json);
    case 'boolean':
      return typeof json === 'boolean' ? json : MISFIT;
    default:
      if (type.kind === 'double' && typeof json === 'string') return words.get(json) ?? MISFIT;
      return typeof json === 'object' && 'digits' in json ? numberOf(type, json.digits) : MISFIT;
  }
}

function numberOf(type: ColumnType, digits: string): NestedValue | typeof MISFIT {
  if (type.kind === 'double') return Number(digits) + (/^-?\d+$/.test(digits) ? 0 : -0);
  const bits = { smallint: 16, int: 32, bigint: 64 }[type.kind as 'smallint' | 'int' | 'bigint'];
  if (!/^-?\d+$/.test(digits) || BigInt.asIntN(bits, BigInt(digits)) !== BigInt(digits)) return MISFIT;
  return bits === 64 ? BigInt(digits) : Number(digits) + 0;
}

const words = new Map([
  ['NaN', Number.NaN],
  ...['Infinity', '+Infinity', '+INF'].map((word) => [word, Infinity] as const),
  ...['-Infinity', '-INF'].map((word) => [word, -Infinity] as const),
]);

function jsonText(json: Json): string {
  if (json === null || typeof json === 'boolean') return String(json);
  if (typeof json === 'string') return quoted(json);
  if (Array.isArray(json)) return `[${json.map(jsonText).join()}]`;
  if (json instanceof Map) {
    return `{${[...json].map(([key, value]) => `${quoted(key)}:${jsonText(value)}`).join()}}`;
  }
  if (/^-?\d+$/.test(json.digits)) return String(BigInt(json.digits));
  const text = doubleText(Number(json.digits));
  return text.endsWith('Infinity') ? `"${text}"` : text;
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/[\ud800-\udfff]|\\u00../g, (unit) =>
    unit.length > 1
      ? `\\u${unit.slice(2).toUpperCase()}`
      : `\\u${unit.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
