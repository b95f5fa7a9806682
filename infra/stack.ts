import { Duration, Stack } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { areaPrefix } from '../schemas/layout.ts';
import { Alarms } from './alarms.ts';
import { AnnouncementQueue } from './announcement-queue.ts';
import { Buckets } from './buckets.ts';
import type { CatalogueContents } from './catalogue-contents.ts';
import { Catalogue } from './catalogue.ts';
import type { Config } from './config.ts';
import { ConsumerService } from './consumer-service.ts';
import { DailyClose } from './daily-close.ts';
import { addDashboard } from './dashboard.ts';
import { keepFunctionLogs } from './function-logs.ts';
import { HourlyStatus } from './hourly-status.ts';
import { KeyService } from './key-service.ts';
import { Keys } from './keys.ts';
import { MissedStarts } from './missed-starts.ts';
import { Network } from './network.ts';
import { RunTable } from './run-table.ts';
import { TaskCluster } from './task-cluster.ts';
import { Task } from './task.ts';
import { taskEnvironment } from './task-environment.ts';
import { WeeklyGc } from './weekly-gc.ts';

export interface IngestionStackProps {
  readonly config: Config;
  readonly catalogue: CatalogueContents;
}

/**
 * All of it: source objects are announced to a queue, consumers turn them into parts, a daily close turns parts into
 * tables, and somebody is woken when one of these stands still.
 */
export class IngestionStack extends Stack {
  readonly #availabilityZones: string[];

  constructor(scope: Construct, id: string, { config, catalogue: contents }: IngestionStackProps) {
    const { account, region, logRetentionDays: logRetention } = config;
    super(scope, id, { env: { account, region }, description: 'Corporate data ingestion' });
    this.#availabilityZones = [...config.network.availabilityZones];

    // Where things are.
    const keys = new Keys(this, 'Keys');
    const buckets = new Buckets(this, 'Buckets', {
      corporate: config.corporateBucket,
      published: config.publishedBucket,
      sourcePrefixes: config.sourcePrefixes,
      key: keys.data,
    });
    const catalogue = new Catalogue(this, 'Catalogue', {
      contents,
      publishedBucket: config.publishedBucket.name,
    });
    const runs = new RunTable(this, 'RunTable', { tableName: config.runTable, key: keys.data });
    const keyService = new KeyService(this, 'KeyService', config.keyService);

    // What announces objects to consumers.
    const live = new AnnouncementQueue(this, 'Live', { key: keys.messages, visibilityTimeout });
    const reprocess = new AnnouncementQueue(this, 'Reprocess', { key: keys.messages, visibilityTimeout });
    buckets.announceTo(live.queue);

    // The tasks: one image, and what each may do.
    const network = new Network(this, 'Network', {
      network: config.network,
      keyService: config.keyService,
      logRetention,
    });
    const cluster = new TaskCluster(this, 'Cluster', network.vpc);
    const repository = Repository.fromRepositoryName(this, 'Repository', config.image.repository);
    const image = ContainerImage.fromEcrRepository(repository, config.image.tag);
    const places = { buckets, runs, live, reprocess, visibilityTimeout };
    const forConsumers = { keyService: keyService.settings, healthPort: HEALTH_PORT };

    const consume = new Task(this, 'Consume', {
      ...taskEnvironment({ ...places, ...forConsumers, size: config.consumer }),
      healthPort: HEALTH_PORT,
      command: ['consume'],
      size: config.consumer,
      image,
      logRetention,
    });
    const consumeAgain = new Task(this, 'ConsumeAgain', {
      ...taskEnvironment({ ...places, ...forConsumers, size: config.reprocess }),
      healthPort: HEALTH_PORT,
      command: ['consume', '--reprocess'],
      size: config.reprocess,
      image,
      logRetention,
    });
    for (const consumer of [consume, consumeAgain]) {
      buckets.grantReadSources(consumer);
      buckets.grantReadPublished(consumer);
      buckets.grantWritePublished(consumer, [areaPrefix('live'), areaPrefix('quarantine')]);
      catalogue.grantWrite(consumer);
      runs.grantWrite(consumer);
      keyService.grantUnwrap(consumer);
    }
    live.grantConsume(consume);
    reprocess.grantConsume(consumeAgain);

    const close = new Task(this, 'Close', {
      ...taskEnvironment({ ...places, size: config.close }),
      command: ['compact', '--all'],
      size: config.close,
      scratchGiB: config.close.scratchGiB,
      image,
      logRetention,
    });
    buckets.grantReadSources(close);
    buckets.grantReadPublished(close);
    buckets.grantWritePublished(close);
    catalogue.grantWrite(close);
    runs.grantWrite(close);
    live.grantAnnounce(close);

    const status = new Task(this, 'Status', {
      ...taskEnvironment({ ...places, size: smallTask }),
      command: ['status'],
      size: smallTask,
      image,
      logRetention,
    });
    buckets.grantReadSources(status);
    buckets.grantReadPublished(status);
    catalogue.grantRead(status);
    runs.grantRead(status);
    for (const queue of [live, reprocess]) queue.grantLook(status);

    const collect = new Task(this, 'Collect', {
      ...taskEnvironment({ ...places, size: smallTask }),
      command: ['gc'],
      size: smallTask,
      image,
      logRetention,
    });
    buckets.grantReadPublished(collect);
    buckets.grantDeletePublished(collect);
    catalogue.grantRead(collect);
    runs.grantWrite(collect);

    // For people: started by hand, with any command.
    const operate = new Task(this, 'Operate', {
      ...taskEnvironment({ ...places, size: config.close }),
      command: ['status'],
      size: config.close,
      scratchGiB: config.close.scratchGiB,
      image,
      logRetention,
    });
    buckets.grantReadSources(operate);
    buckets.grantReadPublished(operate);
    buckets.grantWritePublished(operate);
    buckets.grantDeletePublished(operate);
    catalogue.grantRead(operate);
    catalogue.grantWrite(operate);
    runs.grantWrite(operate);
    for (const queue of [live, reprocess]) {
      queue.grantAnnounce(operate);
      queue.grantRedrive(operate);
    }

    // What runs them.
    const consumers = new ConsumerService(this, 'Consumers', {
      cluster,
      network,
      task: consume,
      queue: live.queue,
      config: config.consumer,
    });
    const reprocessors = new ConsumerService(this, 'Reprocessors', {
      cluster,
      network,
      task: consumeAgain,
      queue: reprocess.queue,
      config: config.reprocess,
    });
    const missedStarts = new MissedStarts(this, 'MissedStarts');
    const { isScheduled, maxShards } = config.close;
    const scheduled = { cluster, network, isScheduled, missedStarts, logRetention };
    const dailyClose = new DailyClose(this, 'DailyClose', { ...scheduled, task: close, buckets, maxShards });
    const weeklyGc = new WeeklyGc(this, 'WeeklyGc', { ...scheduled, task: collect });
    new HourlyStatus(this, 'HourlyStatus', { cluster, network, task: status, missedStarts });

    // What wakes people, and what they look at.
    const alarms = new Alarms(this, 'Alarms', {
      live,
      reprocess,
      close: dailyClose,
      gc: weeklyGc,
      missedStarts,
      isCloseScheduled: isScheduled,
      key: keys.messages,
      config: config.alarms,
    });
    addDashboard(this, {
      alarms,
      cluster,
      live,
      reprocess,
      consumers,
      reprocessors,
      close: dailyClose,
      gc: weeklyGc,
      tasks: [consume, consumeAgain, close, status, collect, operate],
    });
    keepFunctionLogs(this, logRetention);
  }

  /** From the configuration: the CDK would ask the account, and synthesis needs no network. */
  override get availabilityZones(): string[] {
    return this.#availabilityZones;
  }
}

/** Heartbeats extend it, so it is how long the messages of a consumer that died stay hidden. */
const visibilityTimeout = Duration.seconds(30);

/** For tasks that merge nothing. */
const smallTask = { cpu: 512, memoryMiB: 1024 };

const HEALTH_PORT = 8080;
