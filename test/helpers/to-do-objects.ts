import { gzipSync } from 'node:zlib';
import { sampleLines, type SampleLinesOptions } from '../../schemas/sample/lines.ts';

/** The body of an object of one topic; objects of different seeds have different records and data keys. */
export function toDoBody(seed: string, count = 20, options: Partial<SampleLinesOptions> = {}): Uint8Array {
  return gzipSync(
    toDoLines(seed, count, options)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

/** Without their line feeds. */
export function toDoLines(seed: string, count = 20, options: Partial<SampleLinesOptions> = {}): string[] {
  return [...sampleLines({ topic: 'db.core.toDo', seed, count, ...options })].map(({ text }) => text);
}

/** The wrapped data key of the seed's first lines. */
export function wrappedKeyOf(seed: string): string | undefined {
  return /"encryptedEncryptionKey":"([^"]+)"/.exec(toDoLines(seed, 1)[0] ?? '')?.[1];
}
