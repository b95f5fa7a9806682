import type { ColumnStatistics, TypeDescription } from 'orc-writer-wasm';

/**
 * Bytes of the values of a type as they are in memory: of strings and binaries their own, of everything else 8 a value.
 * Types inside count, nulls do not.
 *
 * @param statistics - of the whole file, by type id
 */
export function rawBytesOf(type: TypeDescription, statistics: readonly ColumnStatistics[]): number {
  if (type.children.length > 0) {
    return type.children.reduce((sum, child) => sum + rawBytesOf(child, statistics), 0);
  }
  const { numberOfValues, values } = statistics[type.id] ?? { numberOfValues: 0 };
  const hasLengths = values?.kind === 'string' || values?.kind === 'binary';
  return hasLengths ? Number(values.sum) : 8 * numberOfValues;
}
