import { availableParallelism, tmpdir } from 'node:os';

/** What the environment says, read once at the start and passed on as a value. */
export interface Settings {
  readonly keyService: KeyServiceSettings;
  readonly flush: FlushSettings;
  /** Bytes of source objects that may be in memory at once, over all messages in flight. */
  readonly inFlightBytes: number;
  /** Worker threads for decrypting, transforming, sorting and encoding. */
  readonly workers: number;
  /** How long a received message stays hidden from other consumers unless a heartbeat extends it. */
  readonly visibilityTimeoutMs: number;
  /** Where compaction puts, encrypted, what does not fit into memory. */
  readonly scratchFolder: string;
  /** Whether metrics are written to the log, in CloudWatch's embedded metric format. */
  readonly hasMetrics: boolean;
  /** Data definitions of typed tables that go before ours. */
  readonly ddlFolder: string | undefined;
  /** Where a consumer answers `/health`; nowhere when undefined. */
  readonly healthPort: number | undefined;
  /** The agent of the ECS task we run in; it tells its address itself, by a name that is not ours. */
  readonly ecsAgentUrl: string | undefined;
}

export type KeyServiceSettings =
  | { readonly kind: 'standalone' }
  | {
      readonly kind: 'dks';
      readonly url: string;
      /**
       * Our certificate, its private key, and the authority that the service's certificate comes from: each as PEM, or
       * as the name of a file with it.
       */
      readonly certificate: string;
      readonly key: string;
      readonly ca: string;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'kms'; readonly timeoutMs: number };

/** Where things are on AWS. The SDK finds the region, credentials and endpoints by its own variables. */
export interface AwsSettings {
  readonly corporateBucket: string;
  readonly publishedBucket: string;
  /** What objects of the published bucket are encrypted with; the bucket's default when undefined. */
  readonly publishedKeyId: string | undefined;
  readonly queue: QueueUrls;
  readonly reprocessQueue: QueueUrls;
  /** The DynamoDB table of runs, leases and pauses. */
  readonly runTable: string;
}

export interface QueueUrls {
  readonly url: string;
  readonly deadLetterUrl: string;
}

/** A consumer writes a part when the first of these is reached. */
export interface FlushSettings {
  readonly valBytes: number;
  readonly rows: number;
  readonly ageMs: number;
  /** Of all parts being filled, over all workers: above it the largest is written. */
  readonly heldBytes: number;
}

/** What one environment variable is for; `fallback` is what holds when it is not set. */
interface Variable {
  readonly fallback: string;
  readonly description: string;
}

/** Every environment variable this project reads. */
export const variables = {
  CDI_KEY_SERVICE: { fallback: 'standalone', description: 'what unwraps data keys: standalone, dks or kms' },
  CDI_DKS_URL: { fallback: '', description: 'https address of the data key service' },
  CDI_DKS_CERTIFICATE: { fallback: '', description: 'our client certificate: a PEM file, or the PEM itself' },
  CDI_DKS_PRIVATE_KEY: { fallback: '', description: 'its private key, in the same way' },
  CDI_DKS_CA: { fallback: '', description: 'the authority to trust, in the same way' },
  CDI_KEY_TIMEOUT_MS: { fallback: '5000', description: 'longest wait for one answer about a key' },
  CDI_FLUSH_VAL_BYTES: { fallback: '67108864', description: 'bytes of val after which a part is written' },
  CDI_FLUSH_ROWS: { fallback: '500000', description: 'rows after which a part is written' },
  CDI_FLUSH_AGE_MS: { fallback: '30000', description: 'age of the oldest row after which a part is written' },
  CDI_FLUSH_HELD_BYTES: {
    fallback: '402653184',
    description: 'bytes of rows in memory that wait for a part',
  },
  CDI_IN_FLIGHT_BYTES: { fallback: '268435456', description: 'source bytes in memory at once' },
  CDI_WORKERS: { fallback: '', description: 'worker threads; as many as there are processors when not set' },
  CDI_VISIBILITY_TIMEOUT_MS: { fallback: '30000', description: 'how long a message in work stays hidden' },
  CDI_SCRATCH_FOLDER: {
    fallback: '',
    description:
      'for what does not fit into memory, encrypted; the system’s own for temporary files when not set',
  },
  CDI_DDL_FOLDER: {
    fallback: '',
    description: 'folder with data definitions of typed tables, looked into before our own',
  },
  CDI_HEALTH_PORT: {
    fallback: '',
    description: 'port on which a consumer answers /health; none when not set',
  },
  CDI_CORPORATE_BUCKET: { fallback: '', description: 'on AWS: the bucket of source objects' },
  CDI_PUBLISHED_BUCKET: { fallback: '', description: 'on AWS: the bucket of everything we write' },
  CDI_PUBLISHED_KMS_KEY_ID: {
    fallback: '',
    description: 'on AWS: the key that objects are encrypted with; that of the bucket when not set',
  },
  CDI_QUEUE_URL: { fallback: '', description: 'on AWS: the queue that announces source objects' },
  CDI_DEAD_LETTER_QUEUE_URL: { fallback: '', description: 'on AWS: its dead letters' },
  CDI_REPROCESS_QUEUE_URL: { fallback: '', description: 'on AWS: the queue of what is read again' },
  CDI_REPROCESS_DEAD_LETTER_QUEUE_URL: { fallback: '', description: 'on AWS: its dead letters' },
  CDI_RUN_TABLE: {
    fallback: 'data_pipeline_metadata',
    description: 'on AWS: the DynamoDB table of runs, leases and pauses',
  },
  CDI_METRICS: { fallback: 'none', description: 'emf writes metrics to the log for CloudWatch' },
  CDI_DEBUG: { fallback: '0', description: '1 shows the stack of unexpected errors' },
} satisfies Record<string, Variable>;

export type VariableName = keyof typeof variables;

/** Some settings make no sense; the message is one line that names them all. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads the settings from environment variables. A variable that is set to nothing counts as not set.
 *
 * @throws {SettingsError} naming every variable that is wrong, not only the first.
 */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const problems: string[] = [];

  function text(name: VariableName): string {
    return environment[name]?.trim() || variables[name].fallback;
  }
  function required(name: VariableName): string {
    const value = text(name);
    if (value === '') problems.push(`${name} is not set, but CDI_KEY_SERVICE=dks needs it`);
    return value;
  }
  function positive(name: VariableName): number {
    const value = text(name);
    if (/^[1-9]\d*$/.test(value) && Number.isSafeInteger(Number(value))) return Number(value);
    problems.push(`${name} must be a whole number above 0, not ${JSON.stringify(value)}`);
    return Number.NaN;
  }
  function port(name: VariableName): number {
    const value = positive(name);
    if (value > 65_535) problems.push(`${name} must be a port, not ${value}`);
    return value;
  }
  function secureUrl(name: VariableName): string {
    const value = required(name);
    if (value !== '' && (!URL.canParse(value) || !value.startsWith('https://'))) {
      problems.push(`${name} must be an https address, not ${JSON.stringify(value)}`);
    }
    return value;
  }
  function keyService(): KeyServiceSettings {
    const kind = text('CDI_KEY_SERVICE');
    switch (kind) {
      case 'standalone':
        return { kind };
      case 'kms':
        return { kind, timeoutMs: positive('CDI_KEY_TIMEOUT_MS') };
      case 'dks':
        return {
          kind,
          url: secureUrl('CDI_DKS_URL'),
          certificate: required('CDI_DKS_CERTIFICATE'),
          key: required('CDI_DKS_PRIVATE_KEY'),
          ca: required('CDI_DKS_CA'),
          timeoutMs: positive('CDI_KEY_TIMEOUT_MS'),
        };
      default:
        problems.push(`CDI_KEY_SERVICE must be standalone, dks or kms, not ${JSON.stringify(kind)}`);
        return { kind: 'standalone' };
    }
  }

  function hasMetrics(): boolean {
    const kind = text('CDI_METRICS');
    if (kind !== 'none' && kind !== 'emf') {
      problems.push(`CDI_METRICS must be none or emf, not ${JSON.stringify(kind)}`);
    }
    return kind === 'emf';
  }

  const settings: Settings = {
    keyService: keyService(),
    flush: {
      valBytes: positive('CDI_FLUSH_VAL_BYTES'),
      rows: positive('CDI_FLUSH_ROWS'),
      ageMs: positive('CDI_FLUSH_AGE_MS'),
      heldBytes: positive('CDI_FLUSH_HELD_BYTES'),
    },
    inFlightBytes: positive('CDI_IN_FLIGHT_BYTES'),
    workers: text('CDI_WORKERS') === '' ? availableParallelism() : positive('CDI_WORKERS'),
    visibilityTimeoutMs: positive('CDI_VISIBILITY_TIMEOUT_MS'),
    scratchFolder: text('CDI_SCRATCH_FOLDER') || tmpdir(),
    ddlFolder: text('CDI_DDL_FOLDER') || undefined,
    hasMetrics: hasMetrics(),
    healthPort: text('CDI_HEALTH_PORT') === '' ? undefined : port('CDI_HEALTH_PORT'),
    ecsAgentUrl: environment.ECS_AGENT_URI || undefined,
  };
  for (const name of Object.keys(environment)) {
    if (name.startsWith('CDI_') && !(name in variables)) problems.push(`${name} is not a setting`);
  }
  if (problems.length > 0) throw new SettingsError(`wrong settings: ${problems.join('; ')}`);
  return settings;
}

/**
 * Reads where things are on AWS.
 *
 * @throws {SettingsError} naming every variable that is missing or wrong.
 */
export function readAwsSettings(environment: NodeJS.ProcessEnv = process.env): AwsSettings {
  const problems: string[] = [];

  function text(name: VariableName): string {
    return environment[name]?.trim() || variables[name].fallback;
  }
  function required(name: VariableName): string {
    const value = text(name);
    if (value === '') problems.push(`${name} is not set`);
    return value;
  }
  function queueUrl(name: VariableName): string {
    const value = required(name);
    if (value !== '' && !URL.canParse(value)) {
      problems.push(`${name} must be the address of a queue, not ${JSON.stringify(value)}`);
    }
    return value;
  }

  const settings: AwsSettings = {
    corporateBucket: required('CDI_CORPORATE_BUCKET'),
    publishedBucket: required('CDI_PUBLISHED_BUCKET'),
    publishedKeyId: text('CDI_PUBLISHED_KMS_KEY_ID') || undefined,
    queue: { url: queueUrl('CDI_QUEUE_URL'), deadLetterUrl: queueUrl('CDI_DEAD_LETTER_QUEUE_URL') },
    reprocessQueue: {
      url: queueUrl('CDI_REPROCESS_QUEUE_URL'),
      deadLetterUrl: queueUrl('CDI_REPROCESS_DEAD_LETTER_QUEUE_URL'),
    },
    runTable: required('CDI_RUN_TABLE'),
  };
  if (problems.length > 0) {
    throw new SettingsError(`running on AWS: ${problems.join('; ')}; or name a folder with --local DIR`);
  }
  return settings;
}

/** Whether the settings say where tables are on AWS. */
export function isOnAws(environment: NodeJS.ProcessEnv = process.env): boolean {
  return Boolean(environment.CDI_PUBLISHED_BUCKET?.trim());
}

/** Whether unexpected errors are shown with their stack; asked for even when the other settings are wrong. */
export function isDebug(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment.CDI_DEBUG === '1';
}
