/** AWS has no such thing or refuses to let us use it: asking again mends nothing, and the message says what does. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** Middleware for a client of the SDK that throws {@link SetupError} where a person has to mend something. */
export function explainRefusals<Call extends { readonly input: object }, Answer>(
  next: (call: Call) => Promise<Answer>,
  { clientName = '', commandName = '' }: { readonly clientName?: string; readonly commandName?: string },
): (call: Call) => Promise<Answer> {
  const action = `${clientName.replace(/Client$/, '')}: ${commandName.replace(/Command$/, '')}`;
  return async (call) => {
    try {
      return await next(call);
    } catch (error) {
      throw setupError(`${action}${placeOf(call.input)}`, error) ?? error;
    }
  };
}

/** Undefined when asking again may help, or nobody knows what does. */
export function setupError(action: string, error: unknown): SetupError | undefined {
  if (!(error instanceof Error)) return undefined;
  const remedy = remedyOf(error);
  if (remedy === undefined) return undefined;
  return new SetupError(`${action}: ${error.name}: ${error.message}; ${remedy}`, { cause: error });
}

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

function remedyOf(error: Error): string | undefined {
  const known = REMEDIES.find(([names]) => names.test(error.name));
  if (known !== undefined) return known[1];
  if (error.message === 'Region is missing') return 'set AWS_REGION';
  if (isInOtherRegion(error)) {
    const region = (error as SdkError).$response?.headers?.['x-amz-bucket-region'] ?? 'another than this';
    return `the bucket is in region ${region}: set AWS_REGION`;
  }
  // An answer to HEAD has no code.
  return statusOf(error) === 403 && error.name === 'Unknown' ? NO_PERMISSION : undefined;
}

/** Whether it is S3's answer from a region that the bucket is not in. */
export function isInOtherRegion(error: unknown): boolean {
  return error instanceof Error && (statusOf(error) === 301 || error.name === 'AuthorizationHeaderMalformed');
}

function statusOf(error: SdkError): number | undefined {
  return error.$metadata?.httpStatusCode;
}

const NO_PERMISSION =
  'these credentials lack a permission, of theirs, of the resource or of its key; without s3:ListBucket S3 says so of an object that is not there as well';
const BAD_CREDENTIALS = 'mend the credentials: the SDK found none that are valid';

const REMEDIES: readonly (readonly [names: RegExp, remedy: string])[] = [
  [/^NoSuchBucket$/, 'correct the name of the bucket in the settings'],
  [/^QueueDoesNotExist$|NonExistentQueue$/, 'correct the URL of the queue in the settings, or AWS_REGION'],
  [/^ResourceNotFoundException$/, 'correct the name of the table in the settings, or AWS_REGION'],
  [/^AccessDenied(Exception)?$|^KMS\.|^KmsAccessDenied$/, NO_PERMISSION],
  [
    /^(CredentialsProviderError|ExpiredToken(Exception)?|InvalidToken|InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException)$/,
    BAD_CREDENTIALS,
  ],
];

function placeOf(input: object): string {
  const { QueueUrl, TableName, DatabaseName } = input as Record<string, unknown>;
  const place = QueueUrl ?? TableName ?? DatabaseName;
  return typeof place === 'string' ? ` ${place}` : '';
}
