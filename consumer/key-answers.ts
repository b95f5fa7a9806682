import type { KeyResolution } from './keys/key-ring.ts';
import { dataKeyCipher } from './record/cipher.ts';
import type { FindKey, KnownKey, WrappedKey } from './record/read-record.ts';

/** What a worker remembers of the process's key ring: a cipher a key, set up once. */
export interface KeyAnswers {
  find: FindKey;
  /** Asks for keys that `find` did not know; answers why when the key service is out. */
  learn(keys: readonly WrappedKey[]): Promise<string | undefined>;
}

/** Keys beyond which the worker forgets them all; the ring still knows them. */
const MAXIMUM_KEYS = 10_000;
/** How long answers are kept: as long as the ring keeps its own. */
const KEY_AGE_MS = 3_600_000;
const REFUSED_AGE_MS = 60_000;

interface Answer {
  readonly known: KnownKey;
  readonly goodUntilMs: number;
}

/** @param ask answers in the order of the keys */
export function keyAnswers(
  ask: (keys: readonly WrappedKey[]) => Promise<readonly KeyResolution[]>,
): KeyAnswers {
  const answers = new Map<string, Answer>();

  return {
    find(key) {
      const answer = answers.get(identity(key));
      if (answer === undefined || answer.goodUntilMs < Date.now()) return undefined;
      return answer.known;
    },

    async learn(keys) {
      if (answers.size > MAXIMUM_KEYS) answers.clear();
      const wanted = [...new Map(keys.map((key) => [identity(key), key]))];
      const resolutions = await ask(wanted.map(([, key]) => key));
      for (const [index, resolution] of resolutions.entries()) {
        const id = wanted[index]?.[0];
        if (id === undefined) continue;
        switch (resolution.kind) {
          case 'key':
            answers.set(id, {
              known: { kind: 'key', decrypt: dataKeyCipher(resolution.key) },
              goodUntilMs: Date.now() + KEY_AGE_MS,
            });
            break;
          case 'refused':
            answers.set(id, { known: resolution, goodUntilMs: Date.now() + REFUSED_AGE_MS });
            break;
          case 'outage':
            return resolution.reason;
        }
      }
      return undefined;
    },
  };
}

function identity({ keyId, wrappedKey }: WrappedKey): string {
  return `${keyId}\n${wrappedKey}`;
}
