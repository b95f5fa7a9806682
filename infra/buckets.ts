import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  EventType,
  type IBucket,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { areaPrefix } from '../schemas/layout.ts';
import type { BucketConfig } from './config.ts';
import { grant, type Grantee } from './grant.ts';

/** The folder of the published bucket that everything of ours is in. */
const publishedRoot = 'corporate_data_ingestion/';
/** The folder in it with what the tasks of a compaction leave for each other. */
export const RUNS_PREFIX = `${areaPrefix('work')}runs/`;

const abortIncompleteMultipartUploadAfter = Duration.days(7);

export interface BucketsProps {
  readonly corporate: BucketConfig;
  readonly published: BucketConfig;
  /** Of the buckets that are made. */
  readonly key: IKey;
  /** Folders of source objects, each with its final slash. */
  readonly sourcePrefixes: readonly string[];
}

/** A bucket, made or referenced, and the key of its objects. */
export interface OurBucket {
  readonly name: string;
  readonly key: IKey;
  readonly bucket: IBucket;
}

/** The bucket of source objects, which is only ever read, and the one of everything we write. */
export class Buckets extends Construct {
  readonly corporate: OurBucket;
  readonly published: OurBucket;
  private readonly sourcePrefixes: readonly string[];

  constructor(scope: Construct, id: string, { corporate, published, key, sourcePrefixes }: BucketsProps) {
    super(scope, id);
    this.sourcePrefixes = sourcePrefixes;
    this.corporate = ourBucket(this, 'Corporate', corporate, key, [{ abortIncompleteMultipartUploadAfter }]);
    this.published = ourBucket(this, 'Published', published, key, [
      {
        abortIncompleteMultipartUploadAfter,
        noncurrentVersionExpiration: Duration.days(30),
        // What gc leaves when the old versions are gone; each makes listing slower.
        expiredObjectDeleteMarker: true,
      },
      // What the tasks of one run say to each other; no run lasts a day.
      { prefix: areaPrefix('work'), expiration: Duration.days(14) },
    ]);
  }

  /** Has every new source object announced. */
  announceTo(queue: IQueue): void {
    for (const prefix of this.sourcePrefixes) {
      this.corporate.bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), {
        prefix,
      });
    }
    Validations.of(Stack.of(this)).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
      reason: 'the function that sets notifications is of the CDK, and so is its role',
    });
  }

  /** Reading source objects, and listing the bucket; nothing grants more on it. */
  grantReadSources(reader: Grantee): void {
    grantRead(this.corporate, reader, this.sourcePrefixes);
  }

  /** Reading all that is ours in the published bucket, and listing it. */
  grantReadPublished(reader: Grantee): void {
    grantRead(this.published, reader, [publishedRoot]);
  }

  /** Reading what the tasks of a compaction leave for each other. */
  grantReadRuns(reader: Grantee): void {
    grantRead(this.published, reader, [RUNS_PREFIX]);
  }

  /** Writing into these folders of the published bucket, or all that are ours. It cannot delete. */
  grantWritePublished(writer: Grantee, folders: readonly string[] = [publishedRoot]): void {
    grant(writer, {
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resources: folders.map((folder) => objectsIn(this.published, folder)),
      reason: 'the names of files come from what they hold; it is as narrow as a folder',
    });
    this.published.key.grant(writer, 'kms:Decrypt', 'kms:GenerateDataKey');
  }

  /** Deleting what is ours in the published bucket, which only the collector of garbage does. */
  grantDeletePublished(collector: Grantee): void {
    grant(collector, {
      actions: ['s3:DeleteObject'],
      resources: [objectsIn(this.published, publishedRoot)],
      reason: 'versions that nobody reads any more are anywhere in it',
    });
  }
}

function grantRead(bucket: OurBucket, reader: Grantee, prefixes: readonly string[]): void {
  grant(reader, {
    actions: ['s3:GetObject', 's3:GetObjectVersion'],
    resources: prefixes.map((prefix) => objectsIn(bucket, prefix)),
    reason: 'the names of objects come from others; it is as narrow as a folder',
  });
  grant(reader, {
    actions: ['s3:ListBucket'],
    // Without a condition: heal looks for folders of a date from the top, and who may not list a bucket is told of a key
    // that is not there that it is forbidden.
    resources: [`arn:aws:s3:::${bucket.name}`],
    reason: 'the bucket alone',
  });
  bucket.key.grant(reader, 'kms:Decrypt');
}

function objectsIn({ name }: OurBucket, prefix: string): string {
  return `arn:aws:s3:::${name}/${prefix}*`;
}

function ourBucket(
  scope: Construct,
  id: string,
  config: BucketConfig,
  newKey: IKey,
  lifecycleRules: LifecycleRule[],
): OurBucket {
  const { name } = config;
  if (config.kind === 'existing') {
    const key = Key.fromKeyArn(scope, `${id}Key`, config.keyArn);
    const attributes = { bucketName: name, encryptionKey: key };
    return { name, key, bucket: Bucket.fromBucketAttributes(scope, id, attributes) };
  }
  const bucket = new Bucket(scope, id, {
    bucketName: name,
    encryption: BucketEncryption.KMS,
    encryptionKey: newKey,
    bucketKeyEnabled: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: true,
    lifecycleRules,
    serverAccessLogsBucket: accessLogs(scope),
    serverAccessLogsPrefix: `${name}/`,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  return { name, key: newKey, bucket };
}

/** The bucket that says who read which object; the same for all buckets of a scope. */
function accessLogs(scope: Construct): IBucket {
  const made = scope.node.tryFindChild('AccessLogs');
  if (made instanceof Bucket) return made;
  return new Bucket(scope, 'AccessLogs', {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(365) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
