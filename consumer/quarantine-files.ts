import { hash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { SourceRun } from './source-run.ts';
import { publishedKey } from '../schemas/layout.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { readingId } from '../storage/object-reading.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Quarantine entries on their way into files. */
export interface QuarantineFiles {
  /**
   * @param line from 1; 0 for a fault of the whole object, which comes last
   * @param entry one JSON object, without the line feed
   */
  add(run: SourceRun, collection: CollectionName, line: number, entry: string): void;
  /** To be called when no line before those added can be added any more: sends on what is too much to keep. */
  makeRoom(run: SourceRun): Promise<void>;
  /**
   * Writes what was added; it is durable when the promise resolves. To be called once every row is.
   *
   * @returns how many files it is
   */
  write(run: SourceRun): Promise<number>;
  /** Gives up what was added. */
  drop(run: SourceRun): void;
}

interface QuarantineFile {
  readonly key: string;
  /** Those that may still come in another order. */
  added: { readonly line: number; readonly entry: string }[];
  readonly text: PassThrough;
  /** Once there is too much to keep, until the whole file is durable. */
  putting?: Promise<unknown>;
}

const KEPT_BYTES = 8 << 20;

/**
 * A reading of a source object has one file for each collection that its lines are of, named for the reading alone, in
 * the order of lines. So one that is read again, with whatever other objects, by whomever and cut into whatever parts,
 * replaces its own file: the table `quarantine`, which is these files, has each line once.
 *
 * Two deliveries need not refuse the same lines, as a key may be refused in one of them. The last to write wins, and as
 * its rows are durable by then, each line is a row or in the file, whoever else is killed.
 *
 * @param keptBytes of one file; what is more is put while the object is being read, and seen by nobody before the end
 */
export function quarantineFiles(published: ObjectStore, keptBytes = KEPT_BYTES): QuarantineFiles {
  const filesOf = new WeakMap<SourceRun, Map<string, QuarantineFile>>();

  return {
    add(run, collection, line, entry) {
      let files = filesOf.get(run);
      if (files === undefined) filesOf.set(run, (files = new Map()));
      const name = JSON.stringify([collection.db, collection.collection]);
      let file = files.get(name);
      if (file === undefined) files.set(name, (file = newFile(run, collection, keptBytes)));
      file.added.push({ line, entry });
    },

    async makeRoom(run) {
      for (const file of filesOf.get(run)?.values() ?? []) {
        if (pass(file)) continue;
        file.putting ??= startPutting(published, file);
        await Promise.race([once(file.text, 'drain'), file.putting]);
      }
    },

    async write(run) {
      const files = [...(filesOf.get(run)?.values() ?? [])];
      for (const file of files) {
        pass(file);
        file.text.end();
        await (file.putting ?? published.put(file.key, await buffer(file.text), { withoutETag: true }));
      }
      filesOf.delete(run);
      return files.length;
    },

    drop(run) {
      for (const { text } of filesOf.get(run)?.values() ?? []) text.destroy(new Error('given up'));
      filesOf.delete(run);
    },
  };
}

function newFile(run: SourceRun, { db, collection }: CollectionName, keptBytes: number): QuarantineFile {
  const { object, generation, versionId, eTag } = run;
  const reading = readingId({ key: object.key, generation, version: versionId ?? eTag });
  const name = hash('sha256', reading, 'hex').slice(0, 32);
  const { exportDate } = object;
  const text = new PassThrough({ writableHighWaterMark: keptBytes });
  // Whoever reads or writes it hears of an error; otherwise it was given up.
  text.on('error', () => {});
  return {
    key: publishedKey({ area: 'quarantine', db, collection, exportDate, name }),
    added: [],
    text,
  };
}

/** False when there is more than is to be kept. */
function pass(file: QuarantineFile): boolean {
  const { added, text } = file;
  file.added = [];
  const inOrder = added.toSorted((a, b) => placeOf(a.line) - placeOf(b.line));
  return text.write(inOrder.map(({ entry }) => `${entry}\n`).join(''));
}

function placeOf(line: number): number {
  return line === 0 ? Infinity : line;
}

function startPutting(published: ObjectStore, { key, text }: QuarantineFile): Promise<unknown> {
  const putting = published.put(key, text, { withoutETag: true });
  // Whoever waits for room or for the end hears of it.
  putting.catch(() => {});
  return putting;
}
