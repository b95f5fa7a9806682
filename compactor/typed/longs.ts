/** Writes an integer of up to 53 bits into slot `slot` of a BigInt64Array, seen as its words: no bigint is made. */
export function writeLong(words: Int32Array, slot: number, value: number): void {
  words[2 * slot] = value;
  words[2 * slot + 1] = Math.floor(value / 2 ** 32);
}

/** The integer that an ASCII text says if it has no point or exponent and 64 bits hold it. */
export function parseLong(text: string): bigint | undefined {
  if (!/^-?\d+$/.test(text)) return undefined;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
