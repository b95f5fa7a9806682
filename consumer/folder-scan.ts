import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { isErrorCode } from '../storage/error-code.ts';

/** A file at a glance. */
export interface FileGlance {
  /** Its path below the root. */
  readonly key: string;
  readonly size: number;
  /** With fractions, as fine as the file system has it. */
  readonly modifiedMs: number;
}

/** What is directly in one folder. */
export interface ScannedFolder {
  readonly files: readonly FileGlance[];
  /** Says that nobody needs its files again until one is added, removed, or found changed by a full scan. */
  settle(): void;
}

export interface FolderScanOptions {
  /** A full scan comes at most so often. */
  readonly fullEveryMs: number;
  /** Told why, for each folder and file that cannot be read; the others are. */
  readonly onUnreadable: (error: Error) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes a function that goes through a folder and those below it, by name, again with each call.
 *
 * Looking at every file costs seconds where there are 100,000, so a folder that is settled is passed over as long as
 * its own time stands still. That does not tell of a file that is written again in place: therefore a *full* scan,
 * which passes nothing over, comes now and then, the more rarely the longer it takes.
 */
export function folderScan(root: string, options: FolderScanOptions): () => AsyncIterable<ScannedFolder> {
  const { onUnreadable, signal } = options;
  const settledAt = new Map<string, number>();
  let nextFullAt = 0;

  return async function* scan() {
    const startedAt = performance.now();
    const isFull = startedAt >= nextFullAt;
    if (isFull) settledAt.clear();
    const waiting = [''];
    for (let prefix = waiting.pop(); prefix !== undefined; prefix = waiting.pop()) {
      if (signal.aborted) return;
      const folder = await readFolder(prefix);
      if (folder === undefined) continue;
      yield folder;
      waiting.push(...folder.below.toReversed());
    }
    if (!isFull) return;
    const now = performance.now();
    nextFullAt = now + Math.max(options.fullEveryMs, PAUSE_FOR_FULL_SCAN * (now - startedAt));
  };

  /** Undefined when it is settled, or cannot be read. */
  async function readFolder(prefix: string): Promise<(ScannedFolder & { below: string[] }) | undefined> {
    let entries: Dirent[];
    let modifiedMs: number;
    try {
      modifiedMs = (await stat(`${root}/${prefix}`)).mtimeMs;
      if (settledAt.get(prefix) === modifiedMs) return undefined;
      entries = await readdir(`${root}/${prefix}`, { withFileTypes: true });
    } catch (error) {
      if (prefix === '' || !isGone(error)) tell(error);
      return undefined;
    }
    // Of a folder that has just changed the time may stand still over another change.
    const isTimeTelling = Date.now() - modifiedMs > COARSEST_TIME_MS;
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${prefix}${name}/`);
    const keys = entries.filter((entry) => entry.isFile()).map(({ name }) => prefix + name);
    const { files, areAllRead } = await glanceAt(keys);
    return {
      files,
      below,
      settle() {
        if (isTimeTelling && areAllRead && below.length === 0) settledAt.set(prefix, modifiedMs);
      },
    };
  }

  async function glanceAt(keys: readonly string[]): Promise<{ files: FileGlance[]; areAllRead: boolean }> {
    const files: FileGlance[] = [];
    let areAllRead = true;
    const glance = async (key: string) => {
      try {
        const { size, mtimeMs } = await stat(`${root}/${key}`);
        return { key, size, modifiedMs: mtimeMs };
      } catch (error) {
        if (isGone(error)) return undefined;
        areAllRead = false;
        return tell(error);
      }
    };
    for (let start = 0; start < keys.length && !signal.aborted; start += STAT_CONCURRENCY) {
      const glances = await Promise.all(keys.slice(start, start + STAT_CONCURRENCY).map(glance));
      files.push(...glances.filter((file) => file !== undefined));
    }
    return { files, areAllRead: areAllRead && !signal.aborted };
  }

  function tell(error: unknown): undefined {
    if (!(error instanceof Error)) throw error;
    onUnreadable(error);
  }
}

const STAT_CONCURRENCY = 32;

/** No file system in use counts time in longer steps. */
const COARSEST_TIME_MS = 2_000;

/** How many times as long as a full scan the time to the next one is. */
const PAUSE_FOR_FULL_SCAN = 20;

/** As happens to files and folders between two looks. */
function isGone(error: unknown): boolean {
  return isErrorCode(error, 'ENOENT', 'ENOTDIR');
}
