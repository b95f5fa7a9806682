import { join } from 'node:path';
import { dksKeys } from '../consumer/keys/dks-keys.ts';
import type { KeyService } from '../consumer/keys/key-service.ts';
import { standaloneKeys } from '../consumer/keys/standalone-keys.ts';
import { sqliteQueue } from '../consumer/queue-sqlite.ts';
import type { OnceQueue, Queue } from '../consumer/queue.ts';
import type { RunJournal } from '../reprocess/journal.ts';
import { sqliteRunJournal } from '../reprocess/sqlite-journal.ts';
import type { KeyServiceSettings } from '../settings.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { localStore } from '../storage/local-store.ts';
import type { Pauses } from '../storage/pauses.ts';
import type { RunRegistry } from '../storage/run-registry.ts';
import { sqliteCatalogue } from '../storage/sqlite-catalogue.ts';
import { sqlitePauses } from '../storage/sqlite-pauses.ts';
import { sqliteRunRegistry } from '../storage/sqlite-run-registry.ts';
import type { ObjectStore } from '../storage/store.ts';
import { UsageError } from './ending.ts';

/** Receives before a message becomes a dead letter: more than a person restarts a consumer in one go. */
const MOST_RECEIVES = 20;

/** The two buckets. */
export interface Stores {
  /** Encrypted source objects. */
  readonly corporate: ObjectStore;
  /** Everything we write. */
  readonly published: ObjectStore;
}

/**
 * Opens the folder given as `--local`: `DIR/corporate` and `DIR/published`, which need not be there yet.
 *
 * @throws {UsageError} when no folder is given, because one machine is all there is so far.
 */
export function openStores(localFolder: string | undefined): Stores {
  const folder = requireFolder(localFolder);
  return {
    corporate: localStore(corporateFolder(folder)),
    published: localStore(publishedFolder(folder)),
  };
}

/** Opens the queue that announces source objects; whoever opens it closes it. @throws {UsageError} as `openStores`. */
export function openQueue(localFolder: string | undefined): Queue {
  return sqliteQueue(stateFile(requireFolder(localFolder), 'queue'), { maxReceiveCount: MOST_RECEIVES });
}

/** Opens the queue of what is read again, which a consumer of its own takes from; otherwise as `openQueue`. */
export function openReprocessQueue(localFolder: string | undefined): OnceQueue {
  return sqliteQueue(stateFile(requireFolder(localFolder), 'reprocess-queue'), {
    maxReceiveCount: MOST_RECEIVES,
  });
}

/** Opens the journal of reprocess runs; whoever opens it closes it. @throws {UsageError} as `openStores`. */
export function openRunJournal(localFolder: string | undefined): RunJournal {
  return sqliteRunJournal(stateFile(requireFolder(localFolder), 'reprocess-runs'));
}

/** Opens the catalogue of tables; whoever opens it closes it. @throws {UsageError} as `openStores`. */
export function openCatalogue(localFolder: string | undefined): Catalogue {
  return sqliteCatalogue(stateFile(requireFolder(localFolder), 'catalogue'));
}

/** Opens the registry of runs; whoever opens it closes it. @throws {UsageError} as `openStores`. */
export function openRunRegistry(localFolder: string | undefined): RunRegistry {
  return sqliteRunRegistry(stateFile(requireFolder(localFolder), 'runs'));
}

/** Opens the notes of consumers that are paused; whoever opens them closes them. @throws {UsageError} as `openStores`. */
export function openPauses(localFolder: string | undefined): Pauses {
  return sqlitePauses(stateFile(requireFolder(localFolder), 'pauses'));
}

/** @param correlationId - of the run, which the service may log */
export async function openKeyService(
  settings: KeyServiceSettings,
  correlationId: string,
): Promise<KeyService> {
  switch (settings.kind) {
    case 'standalone':
      return standaloneKeys();
    case 'dks':
      return dksKeys(settings, correlationId);
    case 'kms': {
      // The SDK takes longer to load than all the rest.
      const { kmsKeys } = await import('../consumer/keys/kms-keys.ts');
      return kmsKeys(settings);
    }
  }
}

/** The corporate bucket of one machine. */
export function corporateFolder(localFolder: string): string {
  return join(localFolder, 'corporate');
}

/** The published bucket of one machine. */
export function publishedFolder(localFolder: string | undefined): string {
  return join(requireFolder(localFolder), 'published');
}

/** Where one machine keeps what queues and databases would know. */
export function stateFile(localFolder: string, name: string): string {
  return join(localFolder, 'state', `${name}.sqlite`);
}

function requireFolder(localFolder: string | undefined): string {
  if (localFolder !== undefined) return localFolder;
  throw new UsageError('running on AWS comes later: name a folder with --local DIR');
}
