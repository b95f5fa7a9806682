import type { KeyAnswer, KeyRequest, KeyService } from '../../consumer/keys/key-service.ts';
import { standaloneKeys } from '../../consumer/keys/standalone-keys.ts';
import { abortable } from '../../consumer/keys/abortable.ts';

/** `unwrap` is the true answer; `hang` none before an abort. */
export type Line = 'unwrap' | 'refused' | 'unavailable' | 'hang';

export interface ScriptedKeys {
  readonly service: KeyService;
  /** The key ids that were asked for, in order. */
  readonly calls: string[];
  /** The most calls under way at a time. */
  peak: number;
  /** Calls that ended by an abort. */
  aborted: number;
}

/** The standalone keys behind a script that says, call by call, what becomes of it. */
export function scriptedKeys(
  script: (request: KeyRequest, earlierCalls: number) => Line,
  isHealthy?: () => boolean,
): ScriptedKeys {
  const keys = standaloneKeys();
  const calls: string[] = [];
  let underWay = 0;

  async function follow(line: Line, request: KeyRequest, signal: AbortSignal): Promise<KeyAnswer> {
    if (line === 'unwrap') return keys.decrypt(request, signal);
    if (line === 'hang') return abortable(new Promise<never>(() => {}), signal);
    return { kind: line, reason: `script: ${line}` };
  }

  const scripted: ScriptedKeys = {
    calls,
    peak: 0,
    aborted: 0,
    service: {
      async decrypt(request, signal) {
        const earlier = calls.filter((keyId) => keyId === request.keyId).length;
        calls.push(request.keyId);
        underWay++;
        scripted.peak = Math.max(scripted.peak, underWay);
        try {
          // As over a network, no answer comes at once.
          await new Promise(setImmediate);
          return await follow(script(request, earlier), request, signal);
        } catch (error) {
          if (signal.aborted) scripted.aborted++;
          throw error;
        } finally {
          underWay--;
        }
      },
      ...(isHealthy && { isHealthy: async () => isHealthy() }),
      close() {},
    },
  };
  return scripted;
}

/** A request whose key is sixteen times `n`. */
export function keyRequest(keyId: string, n: number): KeyRequest {
  return { keyId, wrappedKey: Buffer.alloc(16, n).toString('base64') };
}
