import { InvalidKeyError } from './store.ts';

/** @throws {InvalidKeyError} for a key that not every store can hold. */
export function assertObjectKey(key: string): void {
  const fault = faultOf(key);
  if (fault !== undefined) throw new InvalidKeyError(key, fault);
}

export function isObjectKey(key: string): boolean {
  return faultOf(key) === undefined;
}

/** S3's order: by UTF-8 bytes, which for astral characters is not the order of JavaScript's `<`. */
export function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

const MAX_KEY_BYTES = 1024;
/** What a folder's entry may be called at most, on the file systems in use. */
const MAX_SEGMENT_BYTES = 255;

function faultOf(key: string): string | undefined {
  if (!key.isWellFormed()) return 'is not well-formed Unicode';
  if (key.includes('\0')) return 'has a NUL character';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  for (const segment of key.split('/')) {
    if (segment === '') return 'is empty, or begins or ends with "/", or has "//"';
    if (segment === '.' || segment === '..') return `has the segment "${segment}"`;
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      return `has a segment of over ${MAX_SEGMENT_BYTES} bytes`;
  }
  return undefined;
}
