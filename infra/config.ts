/** What differs between environments: one account and region. */
export interface Config {
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** Of the image, in an ECR repository of this account and region. */
  readonly image: { readonly repository: string; readonly tag: string };
  readonly network: NetworkConfig;
  /** Where source objects come from; tasks only ever read it. */
  readonly corporateBucket: BucketConfig;
  /** Folders of source objects, each with its final slash. */
  readonly sourcePrefixes: readonly string[];
  /** Where everything goes. */
  readonly publishedBucket: BucketConfig;
  readonly keyService: KeyServiceConfig;
  /** The DynamoDB table of runs, leases and pauses. */
  readonly runTable: string;
  readonly consumer: ServiceConfig;
  readonly reprocess: ServiceConfig;
  readonly close: CloseConfig;
  readonly alarms: AlarmsConfig;
  readonly logRetentionDays: LogRetentionDays;
}

export type NetworkConfig =
  /** Without a way to the internet; AWS is reached through endpoints of its own. */
  | { readonly kind: 'new'; readonly cidr: string; readonly availabilityZones: readonly string[] }
  /** Brings its own endpoints, or another way to AWS. */
  | {
      readonly kind: 'existing';
      readonly vpcId: string;
      readonly cidr: string;
      readonly availabilityZones: readonly string[];
      /** One for each availability zone, in the same order. */
      readonly subnetIds: readonly string[];
    };

export type BucketConfig =
  | { readonly kind: 'new'; readonly name: string }
  /** Of this account and region; `keyArn` is what its objects are encrypted with. */
  | { readonly kind: 'existing'; readonly name: string; readonly keyArn: string };

export type KeyServiceConfig =
  /** For sample data only. */
  | { readonly kind: 'standalone' }
  /** `keyArns`: the keys that data keys are wrapped with. */
  | { readonly kind: 'kms'; readonly keyArns: readonly string[] }
  /** The secrets hold PEM text: our certificate, its private key, the authority to trust. */
  | {
      readonly kind: 'dks';
      readonly url: string;
      readonly cidr: string;
      readonly certificateSecretArn: string;
      readonly privateKeySecretArn: string;
      readonly caSecretArn: string;
      /** What the secrets are encrypted with. */
      readonly secretsKeyArn: string;
    };

export interface TaskSize {
  /** 1024 is one processor. */
  readonly cpu: number;
  readonly memoryMiB: number;
}

export interface ServiceConfig extends TaskSize {
  readonly minTasks: number;
  readonly maxTasks: number;
  /** How many of the tasks are never Spot. */
  readonly onDemandTasks: number;
  /** What one task takes for one message, measured. */
  readonly secondsPerMessage: number;
  /** How much work, in seconds, may wait for each task before there are more tasks. */
  readonly backlogSecondsPerTask: number;
}

export interface CloseConfig extends TaskSize {
  /** Whether the schedules start it, and the collection of garbage; by hand it can always be started. */
  readonly isScheduled: boolean;
  /** Shards merged side by side, each by a task of its own. */
  readonly maxShards: number;
  /** Disk of a task, for what does not fit into memory; at least 21. */
  readonly scratchGiB: number;
}

export interface AlarmsConfig {
  /** An existing topic that alarms go to as well, such as the one of a chat. */
  readonly forwardToTopicArn: string | undefined;
  readonly oldestMessageMinutes: number;
  /** Of all lines of an hour. */
  readonly quarantinedPercent: number;
}

export type LogRetentionDays = 14 | 30 | 90 | 180 | 365;

/** A configuration makes no sense; the message is one line that names everything wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The configuration as it is, once it makes sense. @throws {ConfigError} naming all that is wrong, not only the first. */
export function checkedConfig(environment: string, config: Config): Config {
  const problems: string[] = [];

  function require(isRight: boolean, member: string, wanted: string): void {
    if (!isRight) problems.push(`${member} must be ${wanted}`);
  }
  function arn(member: string, value: string, of: string): void {
    const shape = new RegExp(`^arn:aws[\\w-]*:${of}:[\\w-]+:\\d{12}:.+$`);
    require(shape.test(value), member, `an ARN of ${of}, not ${JSON.stringify(value)}`);
  }
  function bucket(member: string, value: BucketConfig): void {
    const isName = /^[a-z\d][a-z\d.-]{1,61}[a-z\d]$/.test(value.name);
    require(isName, `${member}.name`, `the name of a bucket, not ${JSON.stringify(value.name)}`);
    if (value.kind === 'existing') arn(`${member}.keyArn`, value.keyArn, 'kms');
  }
  function cidr(member: string, value: string): void {
    require(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/.test(
      value,
    ), member, `a CIDR block, not ${JSON.stringify(value)}`);
  }
  function size(member: string, { cpu, memoryMiB }: TaskSize): void {
    const [least, most] = fargateMemoryGiB[cpu] ?? [0, -1];
    const gib = memoryMiB / 1024;
    require(Number.isInteger(gib) &&
      gib >= least &&
      gib <= most, `${member}.cpu and memoryMiB`, `a size that Fargate has, not ${cpu} with ${memoryMiB}`);
  }
  function service(member: string, value: ServiceConfig): void {
    size(member, value);
    const { minTasks, maxTasks, onDemandTasks } = value;
    require(Number.isInteger(minTasks) && minTasks >= 0, `${member}.minTasks`, 'a whole number from 0');
    require(Number.isInteger(maxTasks) &&
      maxTasks >= Math.max(minTasks, 1), `${member}.maxTasks`, 'above 0, and not below minTasks');
    require(onDemandTasks >= 0 && onDemandTasks <= maxTasks, `${member}.onDemandTasks`, 'from 0 to maxTasks');
    positive(`${member}.secondsPerMessage`, value.secondsPerMessage);
    positive(`${member}.backlogSecondsPerTask`, value.backlogSecondsPerTask);
  }
  function positive(member: string, value: number): void {
    require(value > 0, member, `above 0, not ${value}`);
  }

  require(/^\d{12}$/.test(config.account), 'account', 'twelve digits');
  require(/^[a-z]{2}(-[a-z]+)+-\d$/.test(config.region), 'region', 'the name of a region');
  require(config.image.repository !== '', 'image.repository', 'the name of a repository');
  require(!['', 'latest'].includes(config.image.tag), 'image.tag', 'one that never moves, so not latest');

  const { network } = config;
  cidr('network.cidr', network.cidr);
  require(network.availabilityZones.length >= 2, 'network.availabilityZones', 'two or more');
  for (const zone of network.availabilityZones) {
    require(zone.startsWith(config.region), 'network.availabilityZones', `of ${config.region}, not ${zone}`);
  }
  if (network.kind === 'existing') {
    require(network.subnetIds.length ===
      network.availabilityZones.length, 'network.subnetIds', 'one for each availability zone');
  }

  bucket('corporateBucket', config.corporateBucket);
  bucket('publishedBucket', config.publishedBucket);
  require(config.publishedBucket.name !==
    config.corporateBucket.name, 'publishedBucket', 'another than the corporate one');
  require(config.sourcePrefixes.length > 0, 'sourcePrefixes', 'one or more');
  for (const [index, prefix] of config.sourcePrefixes.entries()) {
    require(prefix.endsWith('/'), 'sourcePrefixes', `folders with their final slash, not ${prefix}`);
    // S3 refuses filters that overlap.
    const isInside = config.sourcePrefixes.some((other, at) => at !== index && prefix.startsWith(other));
    require(!isInside, 'sourcePrefixes', `apart from each other, unlike ${prefix}`);
  }

  const { keyService } = config;
  switch (keyService.kind) {
    case 'standalone':
      break;
    case 'kms':
      require(keyService.keyArns.length > 0, 'keyService.keyArns', 'one or more');
      for (const key of keyService.keyArns) arn('keyService.keyArns', key, 'kms');
      break;
    case 'dks':
      require(URL.canParse(keyService.url) &&
        keyService.url.startsWith(
          'https://',
        ), 'keyService.url', `an https address, not ${JSON.stringify(keyService.url)}`);
      cidr('keyService.cidr', keyService.cidr);
      arn('keyService.certificateSecretArn', keyService.certificateSecretArn, 'secretsmanager');
      arn('keyService.privateKeySecretArn', keyService.privateKeySecretArn, 'secretsmanager');
      arn('keyService.caSecretArn', keyService.caSecretArn, 'secretsmanager');
      arn('keyService.secretsKeyArn', keyService.secretsKeyArn, 'kms');
  }

  service('consumer', config.consumer);
  service('reprocess', config.reprocess);
  size('close', config.close);
  require(Number.isInteger(config.close.maxShards) &&
    config.close.maxShards > 0, 'close.maxShards', 'a whole number above 0');
  require(config.close.scratchGiB >= 21 &&
    config.close.scratchGiB <= 200, 'close.scratchGiB', 'from 21 to 200');
  const { forwardToTopicArn, ...limits } = config.alarms;
  if (forwardToTopicArn !== undefined) arn('alarms.forwardToTopicArn', forwardToTopicArn, 'sns');
  for (const [name, limit] of Object.entries(limits)) positive(`alarms.${name}`, limit);

  if (problems.length > 0) throw new ConfigError(`environment ${environment}: ${problems.join('; ')}`);
  return config;
}

/** Least and most gibibytes for each size of processor. */
const fargateMemoryGiB: Readonly<Record<number, readonly [number, number]>> = {
  512: [1, 4],
  1024: [2, 8],
  2048: [4, 16],
  4096: [8, 30],
  8192: [16, 60],
  16384: [32, 120],
};
