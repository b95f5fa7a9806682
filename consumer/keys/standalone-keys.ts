import { dataKey, decodeBase64 } from './data-key.ts';
import type { KeyAnswer, KeyService } from './key-service.ts';

/**
 * The convention of DKS's stand-alone profile: a wrapped key is the key's bytes in reverse, whatever the key id. It
 * protects nothing, and is for one machine and sample data.
 */
export function standaloneKeys(): KeyService {
  return {
    async decrypt({ wrappedKey }, signal) {
      signal.throwIfAborted();
      return unwrap(wrappedKey);
    },
    close() {},
  };
}

function unwrap(wrappedKey: string): KeyAnswer {
  const wrapped = decodeBase64(wrappedKey);
  if (wrapped === undefined) return { kind: 'refused', reason: 'standalone: wrapped key is not base64' };
  const key = dataKey(wrapped.toReversed());
  if (key === undefined)
    return { kind: 'refused', reason: `standalone: wrapped key of ${wrapped.length} bytes` };
  return { kind: 'key', key };
}
