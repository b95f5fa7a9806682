import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { dataKey, decodeBase64 } from './data-key.ts';
import type { KeyAnswer, KeyRequest, KeyService } from './key-service.ts';

export interface KmsSettings extends Pick<KMSClientConfig, 'region' | 'endpoint' | 'credentials'> {
  /** For one request, its connection included. */
  readonly timeoutMs: number;
}

/**
 * AWS KMS. It makes its own client to be sure that the SDK repeats nothing: R-ONERETRY, the key ring does.
 *
 * KMS, unlike DKS, says clearly when a wrapped key is spoilt. What it says about the key that wraps (disabled, deleted,
 * not ours to use) is no refusal here: it can be mended, and may concern every record there is. The key ring treats it
 * as an outage, unless other keys still resolve.
 */
export function kmsKeys({ timeoutMs, ...settings }: KmsSettings): KeyService {
  const client = new KMSClient({ ...settings, maxAttempts: 1 });
  return {
    async decrypt(request, signal) {
      signal.throwIfAborted();
      const command = decryptCommand(request);
      if (command === undefined) return { kind: 'refused', reason: 'KMS: wrapped key is not base64' };
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const { Plaintext } = await client.send(command, { abortSignal: AbortSignal.any([signal, timeout]) });
        const key = Plaintext && dataKey(Plaintext);
        return key === undefined
          ? { kind: 'unavailable', reason: 'KMS: an answer without a data key' }
          : { kind: 'key', key };
      } catch (error) {
        signal.throwIfAborted();
        return timeout.aborted
          ? { kind: 'unavailable', reason: `KMS: no answer within ${timeoutMs} ms` }
          : readError(error);
      }
    },
    close() {
      client.destroy();
    },
  };
}

function decryptCommand({ keyId, wrappedKey }: KeyRequest): DecryptCommand | undefined {
  const CiphertextBlob = decodeBase64(wrappedKey);
  if (CiphertextBlob === undefined) return undefined;
  // KMS finds the key in the ciphertext, and checks it against an ARN if there is one. An HSM's key id it doesn't know.
  return new DecryptCommand({ CiphertextBlob, ...(keyId.startsWith('arn:') && { KeyId: keyId }) });
}

const refusals = new Set([
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'InvalidKeyUsageException',
  'ValidationException',
]);

/** By name alone: messages may quote the request. */
function readError(error: unknown): KeyAnswer {
  const name = error instanceof Error ? error.name : 'failed';
  return { kind: refusals.has(name) ? 'refused' : 'unavailable', reason: `KMS: ${name}` };
}
