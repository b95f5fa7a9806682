import type { Duration } from 'aws-cdk-lib';
import type { Secret } from 'aws-cdk-lib/aws-ecs';
import type { VariableName } from '../settings.ts';
import type { AnnouncementQueue } from './announcement-queue.ts';
import type { Buckets } from './buckets.ts';
import type { TaskSize } from './config.ts';
import type { RunTable } from './run-table.ts';

/** What the environment of a task follows from. */
export interface TaskSettings {
  readonly buckets: Buckets;
  readonly runs: RunTable;
  readonly live: AnnouncementQueue;
  readonly reprocess: AnnouncementQueue;
  readonly visibilityTimeout: Duration;
  readonly size: TaskSize;
  /** Of consumers. */
  readonly healthPort?: number;
  /** For tasks that read source objects; the others never ask for a key. */
  readonly keyService?: KeyServiceSettings;
}

export type KeyServiceSettings =
  | { readonly kind: 'standalone' }
  | { readonly kind: 'kms' }
  | {
      readonly kind: 'dks';
      readonly url: string;
      readonly certificate: Secret;
      readonly privateKey: Secret;
      readonly ca: Secret;
    };

/** Where the task definition puts a volume for what does not fit into memory; the image has it, too. */
export const SCRATCH_FOLDER = '/scratch';

export interface TaskEnvironment {
  readonly environment: Record<string, string>;
  readonly secrets: Record<string, Secret>;
}

/** The environment of a task: every variable that the code reads, but those that are left at their defaults. */
export function taskEnvironment(settings: TaskSettings): TaskEnvironment {
  const decided = Object.entries(decisions(settings));
  return {
    environment: Object.fromEntries(decided.filter(([, value]) => typeof value === 'string')) as Record<
      string,
      string
    >,
    secrets: Object.fromEntries(decided.filter(([, value]) => typeof value === 'object')) as Record<
      string,
      Secret
    >,
  };
}

/** A new variable does not compile until it is decided here; undefined leaves it at its default. */
function decisions(settings: TaskSettings): Record<VariableName, string | Secret | undefined> {
  const { buckets, live, reprocess, keyService } = settings;
  const dks = keyService?.kind === 'dks' ? keyService : undefined;
  return {
    CDI_KEY_SERVICE: keyService?.kind,
    CDI_DKS_URL: dks?.url,
    CDI_DKS_CERTIFICATE: dks?.certificate,
    CDI_DKS_PRIVATE_KEY: dks?.privateKey,
    CDI_DKS_CA: dks?.ca,
    CDI_KEY_TIMEOUT_MS: undefined,
    CDI_FLUSH_VAL_BYTES: undefined,
    CDI_FLUSH_ROWS: undefined,
    CDI_FLUSH_AGE_MS: undefined,
    CDI_FLUSH_HELD_BYTES: undefined,
    CDI_IN_FLIGHT_BYTES: undefined,
    CDI_WORKERS: String(Math.max(1, Math.floor(settings.size.cpu / 1024))),
    CDI_VISIBILITY_TIMEOUT_MS: String(settings.visibilityTimeout.toMilliseconds()),
    CDI_SCRATCH_FOLDER: SCRATCH_FOLDER,
    CDI_DDL_FOLDER: undefined,
    CDI_HEALTH_PORT: settings.healthPort?.toString(),
    CDI_CORPORATE_BUCKET: buckets.corporate.name,
    CDI_PUBLISHED_BUCKET: buckets.published.name,
    CDI_PUBLISHED_KMS_KEY_ID: buckets.published.key.keyArn,
    CDI_QUEUE_URL: live.queue.queueUrl,
    CDI_DEAD_LETTER_QUEUE_URL: live.deadLetters.queueUrl,
    CDI_REPROCESS_QUEUE_URL: reprocess.queue.queueUrl,
    CDI_REPROCESS_DEAD_LETTER_QUEUE_URL: reprocess.deadLetters.queueUrl,
    CDI_RUN_TABLE: settings.runs.table.tableName,
    CDI_METRICS: 'emf',
    CDI_DEBUG: undefined,
  };
}
