import { setTimeout as sleep } from 'node:timers/promises';
import { announcedFiles, type AnnouncedFiles } from './announced-files.ts';
import { folderScan, type FileGlance } from './folder-scan.ts';
import type { Log } from './log.ts';
import { messageGroups, objectCreatedBody } from './object-created.ts';
import type { Queue } from './queue.ts';
import { parseSourceObject } from '../schemas/source-object.ts';
import { isObjectKey } from '../storage/object-key.ts';

export interface WatchFolderOptions {
  /** The corporate bucket of one machine; it need not be there yet. */
  readonly folder: string;
  /** A SQLite file that all who watch the folder share. */
  readonly stateFile: string;
  readonly queue: Pick<Queue, 'send'>;
  /**
   * The pause between scans; a longer one when scans are slow.
   *
   * @defaultValue 1,000
   */
  readonly everyMs?: number;
  readonly log: Log;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * Announces the files that are put into a folder, as S3 does for a bucket, until the signal; it never throws.
 *
 * A file is announced when two scans find it with the same size and time, because it may still be being copied, and
 * again when either changes. It is noted once the queue has it and never before: a crash in between announces it
 * twice, which is harmless. What cannot be read or sent is tried again with the next scan, and logged once.
 */
export async function watchFolder(options: WatchFolderOptions): Promise<void> {
  const { stateFile, queue, everyMs = 1_000, signal } = options;
  const troubles = troubleLog(options.log);
  let announced: AnnouncedFiles | undefined;
  const folders = folderScan(options.folder, {
    fullEveryMs: FULL_SCAN_EVERY * everyMs,
    onUnreadable: (error) => troubles.tell('Folder:Unreadable', error),
    signal,
  });
  let lastScan: Scan = new Map();

  async function scan(notes: AnnouncedFiles): Promise<void> {
    const thisScan: Scan = new Map();
    let settled: FileGlance[] = [];
    for await (const folder of folders()) {
      const files = folder.files.filter((file) => !notes.has(file) && isOriginal(file));
      if (files.length === 0) folder.settle();
      for (const file of files) {
        thisScan.set(file.key, file);
        if (isSame(file, lastScan.get(file.key))) settled.push(file);
      }
      if (settled.length < SEND_FILES) continue;
      if (!(await announce(settled, notes))) return;
      settled = [];
    }
    if (settled.length > 0) await announce(settled, notes);
    lastScan = thisScan;
  }

  /** False when it is another watcher's turn. */
  async function announce(files: readonly FileGlance[], notes: AnnouncedFiles): Promise<boolean> {
    if (!notes.takeTurn()) return false;
    // The turn may have been another's since the scan came by them.
    const groups = messageGroups(files.filter((file) => !notes.has(file)));
    const results = await queue.send(groups.map((group) => objectCreatedBody(group)));
    for (const result of results) {
      if (result.kind !== 'sent') troubles.tell('Announcement:Failed', new Error(result.reason));
    }
    notes.add(groups.filter((_, index) => results[index]?.kind === 'sent').flat());
    return true;
  }

  while (!signal.aborted) {
    const startedAt = performance.now();
    try {
      announced ??= announcedFiles(stateFile);
      if (announced.takeTurn()) await scan(announced);
    } catch (error) {
      troubles.tell('Watch:Failed', error);
    }
    troubles.endScan();
    const scanMs = performance.now() - startedAt;
    const pauseMs = Math.max(everyMs, Math.min(PAUSE_FOR_SCAN * scanMs, MOST_PAUSE_MS));
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
  try {
    announced?.close();
  } catch (error) {
    troubles.tell('Watch:Failed', error);
  }
}

/** The files that a scan found and nobody had announced, by key. */
type Scan = Map<string, FileGlance>;

const FULL_SCAN_EVERY = 10;

/** Files are announced in one step when there are this many, or the scan is over. */
const SEND_FILES = 500;

/** How many times as long as the scan the pause after it is. */
const PAUSE_FOR_SCAN = 2;
const MOST_PAUSE_MS = 30_000;

/** Coalesced objects hold what was announced before, and other files no data. */
function isOriginal({ key }: FileGlance): boolean {
  return parseSourceObject(key).kind === 'original' && isObjectKey(key);
}

function isSame(file: FileGlance, before: FileGlance | undefined): boolean {
  return file.size === before?.size && file.modifiedMs === before.modifiedMs;
}

/** Logs what goes wrong in a scan, unless the scan before had the same trouble. */
function troubleLog(log: Log): { tell(event: string, error: unknown): void; endScan(): void } {
  let known = new Set<string>();
  let current = new Set<string>();
  return {
    tell(event, error) {
      const reason = error instanceof Error ? error.message : String(error);
      const trouble = `${event} ${reason}`;
      if (!known.has(trouble) && !current.has(trouble)) log(event, { reason });
      current.add(trouble);
    },
    endScan() {
      known = current;
      current = new Set();
    },
  };
}
