import { join, resolve } from 'node:path';
import { dksKeys } from '../consumer/keys/dks-keys.ts';
import type { KeyService } from '../consumer/keys/key-service.ts';
import { standaloneKeys } from '../consumer/keys/standalone-keys.ts';
import { sqliteQueue } from '../consumer/queue-sqlite.ts';
import type { OnceQueue, Queue } from '../consumer/queue.ts';
import type { RunJournal } from '../reprocess/journal.ts';
import { sqliteRunJournal } from '../reprocess/sqlite-journal.ts';
import { MOST_RECEIVES } from '../schemas/most-receives.ts';
import { readAwsSettings, type KeyServiceSettings } from '../settings.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import { localStore } from '../storage/local-store.ts';
import type { Pauses } from '../storage/pauses.ts';
import type { RunRegistry } from '../storage/run-registry.ts';
import { sqliteCatalogue } from '../storage/sqlite-catalogue.ts';
import { sqlitePauses } from '../storage/sqlite-pauses.ts';
import { sqliteRunRegistry } from '../storage/sqlite-run-registry.ts';
import type { ObjectStore } from '../storage/store.ts';

/** The two buckets. */
export interface Stores {
  /** Encrypted source objects. */
  readonly corporate: ObjectStore;
  /** Everything we write. */
  readonly published: ObjectStore;
}

/**
 * Opens the folder given as `--local`: `DIR/corporate` and `DIR/published`, which need not be there yet; without one,
 * the two buckets that the settings name.
 *
 * @throws {SettingsError} when there is no folder, and the settings do not say where things are on AWS.
 * @throws {SetupError} when a bucket is not there.
 */
export async function openStores(localFolder: string | undefined): Promise<Stores> {
  if (localFolder === undefined) return (await aws()).stores();
  return {
    corporate: localStore(corporateFolder(localFolder)),
    published: localStore(publishedFolder(localFolder)),
  };
}

/** Opens the queue that announces source objects; whoever opens it closes it. @throws {SettingsError} as `openStores`. */
export async function openQueue(localFolder: string | undefined): Promise<Queue> {
  if (localFolder === undefined) return (await aws()).queue();
  return sqliteQueue(stateFile(localFolder, 'queue'), { maxReceiveCount: MOST_RECEIVES });
}

/** Opens the queue of what is read again, which a consumer of its own takes from; otherwise as `openQueue`. */
export async function openReprocessQueue(localFolder: string | undefined): Promise<OnceQueue> {
  if (localFolder === undefined) return (await aws()).reprocessQueue();
  return sqliteQueue(stateFile(localFolder, 'reprocess-queue'), { maxReceiveCount: MOST_RECEIVES });
}

/** Opens the journal of reprocess runs; whoever opens it closes it. @throws {SettingsError} as `openStores`. */
export async function openRunJournal(localFolder: string | undefined): Promise<RunJournal> {
  if (localFolder === undefined) return (await aws()).runJournal();
  return sqliteRunJournal(stateFile(localFolder, 'reprocess-runs'));
}

/** Opens the catalogue of tables; whoever opens it closes it. @throws {SettingsError} as `openStores`. */
export async function openCatalogue(localFolder: string | undefined): Promise<Catalogue> {
  if (localFolder === undefined) return (await aws()).catalogue();
  return sqliteCatalogue(stateFile(localFolder, 'catalogue'));
}

/** Opens the registry of runs; whoever opens it closes it. @throws {SettingsError} as `openStores`. */
export async function openRunRegistry(localFolder: string | undefined): Promise<RunRegistry> {
  if (localFolder === undefined) return (await aws()).runRegistry();
  return sqliteRunRegistry(stateFile(localFolder, 'runs'));
}

/** Opens the notes of consumers that are paused; whoever opens them closes them. @throws {SettingsError} as `openStores`. */
export async function openPauses(localFolder: string | undefined): Promise<Pauses> {
  if (localFolder === undefined) return (await aws()).pauses();
  return sqlitePauses(stateFile(localFolder, 'pauses'));
}

/** The SDK takes longer to load than all the rest. */
async function aws() {
  const settings = readAwsSettings();
  const { openAws } = await import('./open-aws.ts');
  return openAws(settings);
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
export function publishedFolder(localFolder: string): string {
  return join(localFolder, 'published');
}

/** Where others find what has such a prefix of the published bucket: a path, or the address of a bucket. */
export function publishedPlace(localFolder: string | undefined, prefix: string): string {
  if (localFolder === undefined) return `s3://${readAwsSettings().publishedBucket}/${prefix}`;
  return resolve(publishedFolder(localFolder), prefix);
}

/** Where one machine keeps what queues and databases would know. */
export function stateFile(localFolder: string, name: string): string {
  return join(localFolder, 'state', `${name}.sqlite`);
}
