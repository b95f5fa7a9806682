import { HeadBucketCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { isInOtherRegion, SetupError, setupError } from './aws-setup.ts';

export interface Bucket {
  readonly client: S3Client;
  readonly bucket: string;
}

/** Whether S3 refused with one of these codes, such as `NoSuchKey`; no answer to HEAD has any code but `NotFound`. */
export function isS3Error(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && '$metadata' in error && names.includes(error.name);
}

/** A plain error that says what failed where. What is not of the SDK, such as an error of the body, stays as it is. */
export function s3Fault(action: string, error: unknown): unknown {
  const refusal = setupError(`S3: ${action}`, error);
  if (refusal !== undefined) return refusal;
  if (!(error instanceof Error && '$metadata' in error)) return error;
  return new Error(`S3: ${action}: ${error.name}: ${error.message}`, { cause: error });
}

/**
 * Whether the bucket is there at all. Who may use only some folders of it is not told, and what may pass is no answer:
 * both show when it is used.
 *
 * @throws {SetupError} when there is no such bucket, or it is in another region.
 */
export async function assertBucket({ client, bucket }: Bucket): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (isS3Error(error, 'NotFound'))
      throw new SetupError(`S3: there is no bucket ${bucket}: correct its name in the settings`);
    if (isInOtherRegion(error)) throw s3Fault(`bucket ${bucket}`, error);
  }
}

/** How errors name an object. */
export function nameOf({ bucket }: Bucket, key: string): string {
  return `${JSON.stringify(key)} of bucket ${bucket}`;
}
