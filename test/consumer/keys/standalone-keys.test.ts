import test from 'ava';
import { standaloneKeys } from '../../../consumer/keys/standalone-keys.ts';

const never = new AbortController().signal;

const unwraps = test.macro({
  async exec(t, bytes: number) {
    const key = Uint8Array.from({ length: bytes }, (_, n) => n);
    const wrappedKey = Buffer.from(key.toReversed()).toString('base64');
    const answer = await standaloneKeys().decrypt({ keyId: 'STANDALONE', wrappedKey }, never);
    t.deepEqual(answer, { kind: 'key', key });
    t.is(answer.kind === 'key' && answer.key.buffer.byteLength, bytes, 'in a buffer of its own');
  },
  title: (_, bytes: number) => `a key of ${bytes} bytes is its bytes reversed`,
});
test(unwraps, 16);
test(unwraps, 24);
test(unwraps, 32);

const refuses = test.macro({
  async exec(t, wrappedKey: string) {
    t.like(await standaloneKeys().decrypt({ keyId: 'cloudhsm:1,2', wrappedKey }, never), { kind: 'refused' });
  },
  title: (_, wrappedKey: string) => `«${wrappedKey.slice(0, 40)}» is refused`,
});
test(refuses, '');
test(refuses, 'foobar');
test(refuses, 'Dw4NDAsKCQgHBgUEAwIBAA');
test(refuses, 'Dw4NDAsKCQgHBgUEAwIBAA==\n');
test(refuses, ' Dw4NDAsKCQgHBgUEAwIBAA=');
test(refuses, '____________________AA==');
test(refuses, 'Dw4NDAsKCQgHBgUEAwIB');
test(refuses, 'A'.repeat(8_000_000));
