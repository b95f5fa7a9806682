import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';

/**
 * A client for `s3Store`. Region, credentials and endpoint come from where the SDK finds them, unless they are given.
 *
 * R-ONERETRY: the SDK sends a request up to seven times, and nobody above it repeats one; if some 35 are being repeated
 * at once it gives up the others. It repeats nothing once an object's body has begun.
 */
export function s3Client(
  config: Pick<S3ClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
  { connectMs = 10_000, answerMs = 120_000, idleMs = 60_000 }: S3TimeOuts = {},
): S3Client {
  const client = new S3Client({
    ...config,
    maxAttempts: 7,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      socketTimeout: idleMs,
      httpAgent: { maxSockets: MOST_CONNECTIONS },
      httpsAgent: { maxSockets: MOST_CONNECTIONS },
    },
  });
  // At an endpoint of one's own the bucket goes into the path: not every name server knows buckets. The SDK reads its
  // variables and files late, and it takes a function here, though the types of its configuration say neither.
  const { endpoint, serviceConfiguredEndpoint } = client.config as ConfiguredEndpoint;
  const forcePathStyle = async () => (endpoint ?? (await serviceConfiguredEndpoint())) !== undefined;
  Object.assign(client.config, { forcePathStyle });
  return client;
}

export interface S3TimeOuts {
  /** Until there is a connection; waiting for a free one counts. */
  readonly connectMs?: number;
  /** Until the answer begins; connecting and sending a body count. */
  readonly answerMs?: number;
  /** Without a byte either way, also while nobody reads the body. */
  readonly idleMs?: number;
}

interface ConfiguredEndpoint {
  /** As given. */
  readonly endpoint?: unknown;
  /** As variables or files tell. */
  serviceConfiguredEndpoint(this: void): Promise<string | undefined>;
}

/** Well above what reads parts, merges and uploads at the same time, for whoever waits for one may time out. */
const MOST_CONNECTIONS = 256;
