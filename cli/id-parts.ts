import { hash } from 'node:crypto';
import { parseJsonObject } from '../schemas/json-object.ts';

/**
 * The values that `id_part` of a row with this id may have: which of them depends on what the id was in its document,
 * an object, a string or an integer, which its text doesn't always tell.
 */
export function possibleIdParts(id: string): readonly string[] {
  const digest = hash('sha256', id).slice(0, 2);
  const member = parseJsonObject(id)?.id;
  const ofObject = typeof member === 'string' ? hexPrefix(member) : undefined;
  const ofString = hexPrefix(id);
  return [...new Set([ofObject ?? digest, ofString ?? digest, digest])];
}

function hexPrefix(text: string): string | undefined {
  return /^[\da-f]{2}/i.exec(text)?.[0].toLowerCase();
}
