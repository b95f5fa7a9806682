import { checkedConfig, type Config } from './config.ts';

/**
 * The configuration of an environment by its name, as `cdk --context environment=NAME` says it. The accounts and names
 * are examples: put yours in their place.
 *
 * @throws {RangeError} for a name that is not here.
 */
export function configOf(environment: unknown): Config {
  if (typeof environment === 'string' && Object.hasOwn(environments, environment)) {
    return checkedConfig(environment, environments[environment as keyof typeof environments]);
  }
  const names = Object.keys(environments).join(' or ');
  throw new RangeError(`--context environment must be ${names}, not ${JSON.stringify(environment)}`);
}

const sourcePrefixes = [
  'corporate_storage/ucfs_main/',
  'corporate_storage/ucfs_audit/',
  'corporate_storage/ucfs_equalities/',
];

const alarms = {
  forwardToTopicArn: undefined,
  oldestMessageMinutes: 30,
  quarantinedPercent: 1,
};

export const environments = {
  development: {
    account: '111111111111',
    region: 'eu-west-2',
    image: { repository: 'corporate-data-ingestion', tag: '0.1.0' },
    network: {
      kind: 'new',
      cidr: '10.20.0.0/22',
      availabilityZones: ['eu-west-2a', 'eu-west-2b'],
    },
    corporateBucket: { kind: 'new', name: 'cdi-development-corporate' },
    sourcePrefixes,
    publishedBucket: { kind: 'new', name: 'cdi-development-published' },
    keyService: { kind: 'standalone' },
    runTable: 'data_pipeline_metadata',
    consumer: {
      cpu: 1024,
      memoryMiB: 2048,
      minTasks: 0,
      maxTasks: 2,
      onDemandTasks: 0,
      secondsPerMessage: 0.1,
      backlogSecondsPerTask: 60,
    },
    reprocess: {
      cpu: 1024,
      memoryMiB: 2048,
      minTasks: 0,
      maxTasks: 2,
      onDemandTasks: 0,
      secondsPerMessage: 0.1,
      backlogSecondsPerTask: 600,
    },
    close: { cpu: 2048, memoryMiB: 4096, isScheduled: false, maxShards: 4, scratchGiB: 30 },
    alarms,
    logRetentionDays: 30,
  },
  production: {
    account: '222222222222',
    region: 'eu-west-2',
    image: { repository: 'corporate-data-ingestion', tag: '0.1.0' },
    network: {
      kind: 'existing',
      vpcId: 'vpc-00000000000000000',
      cidr: '10.30.0.0/20',
      availabilityZones: ['eu-west-2a', 'eu-west-2b', 'eu-west-2c'],
      subnetIds: ['subnet-0000000000000000a', 'subnet-0000000000000000b', 'subnet-0000000000000000c'],
    },
    corporateBucket: {
      kind: 'existing',
      name: 'cdi-production-corporate',
      keyArn: 'arn:aws:kms:eu-west-2:222222222222:key/00000000-0000-0000-0000-000000000001',
    },
    sourcePrefixes,
    publishedBucket: { kind: 'new', name: 'cdi-production-published' },
    keyService: {
      kind: 'dks',
      url: 'https://dks.example.org:8443',
      cidr: '10.40.0.0/24',
      certificateSecretArn: 'arn:aws:secretsmanager:eu-west-2:222222222222:secret:cdi/certificate-AbCdEf',
      privateKeySecretArn: 'arn:aws:secretsmanager:eu-west-2:222222222222:secret:cdi/private-key-AbCdEf',
      caSecretArn: 'arn:aws:secretsmanager:eu-west-2:222222222222:secret:cdi/ca-AbCdEf',
      secretsKeyArn: 'arn:aws:kms:eu-west-2:222222222222:key/00000000-0000-0000-0000-000000000002',
    },
    runTable: 'data_pipeline_metadata',
    consumer: {
      cpu: 2048,
      memoryMiB: 4096,
      minTasks: 2,
      maxTasks: 40,
      onDemandTasks: 2,
      secondsPerMessage: 0.1,
      backlogSecondsPerTask: 60,
    },
    reprocess: {
      cpu: 2048,
      memoryMiB: 4096,
      minTasks: 0,
      maxTasks: 20,
      onDemandTasks: 0,
      secondsPerMessage: 0.1,
      backlogSecondsPerTask: 600,
    },
    close: { cpu: 4096, memoryMiB: 8192, isScheduled: true, maxShards: 200, scratchGiB: 100 },
    alarms,
    logRetentionDays: 180,
  },
} satisfies Record<string, Config>;
