import type { S3Client } from '@aws-sdk/client-s3';

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
  if (!(error instanceof Error && '$metadata' in error)) return error;
  return new Error(`S3: ${action}: ${error.name}: ${error.message}`, { cause: error });
}

/** How errors name an object. */
export function nameOf({ bucket }: Bucket, key: string): string {
  return `${JSON.stringify(key)} of bucket ${bucket}`;
}
