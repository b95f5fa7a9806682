import type { NestedValue } from '../../src/row-values.ts';

/** The rows of a `.jsn` file. Numbers that a double cannot hold stay text, as do the bare words of ORC C++. */
export function printedRows(lines: string): unknown[] {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) =>
      JSON.parse(
        line
          .replaceAll(/([:[,] ?)(-?\d{16,}(?:\.\d*)?|-?\d+\.\d{15,})(?=[,}\]])/g, '$1"$2"')
          .replaceAll(/([:[,] ?)(nan|-?inf)\b/g, '$1"$2"'),
      ),
    );
}

/**
 * Where a value is another one than ORC C++ printed; undefined if nowhere. Floating-point numbers are printed with 7
 * digits, decimals with or without quotes and, of Hive 0.11, with fewer digits.
 */
export function difference(actual: NestedValue, printed: unknown, place = 'row'): string | undefined {
  if (actual instanceof Uint8Array) return difference([...actual], printed, place);
  if (actual instanceof Map) {
    return difference(
      [...actual].map(([key, value]) => ({ key, value })),
      printed,
      place,
    );
  }
  if (Array.isArray(actual)) {
    if (!Array.isArray(printed) || printed.length !== actual.length) return place;
    return actual.map((value, i) => difference(value, printed[i], `${place}[${i}]`)).find(Boolean);
  }
  if (actual !== null && typeof actual === 'object') {
    const fields = new Map(Object.entries(printed ?? {}));
    if (Object.keys(actual).join() !== [...fields.keys()].join()) return place;
    return Object.entries(actual)
      .map(([name, value]) => difference(value, fields.get(name), `${place}.${name}`))
      .find(Boolean);
  }
  return isAlike(actual, printed) ? undefined : `${place}: ${String(actual)}, printed ${String(printed)}`;
}

function isAlike(actual: string | number | bigint | boolean | null, printed: unknown): boolean {
  const text = String(printed);
  if (typeof actual === 'number') {
    const number = Number(text.replace('nan', 'NaN').replace('inf', 'Infinity'));
    return Object.is(actual, number) || Math.abs(actual - number) <= Math.abs(number) * 1e-6;
  }
  if (actual === printed || String(actual) === text) return true;
  if (typeof actual !== 'string') return false;
  if (/^-?\d+\.\d+$/.test(actual)) {
    return withoutZeros(actual) === withoutZeros(text) || (text.includes('.') && actual.startsWith(text));
  }
  // The printer does not fill up years.
  return actual.replace(/^0{1,3}(?=\d+-)/, '') === text;
}

function withoutZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
