import test from 'ava';
import type { ExecutionContext } from 'ava';
import { kmsKeys } from '../../../consumer/keys/kms-keys.ts';
import { kmsServer } from '../../helpers/kms-server.ts';
import type { KmsAnswer } from '../../helpers/kms-server.ts';

const arn = 'arn:aws:kms:eu-west-2:000000000000:key/7b1f0c1e-2222-4b4b-8d8d-000000000003';
const request = { keyId: arn, wrappedKey: 'AQIDBA==' };
const key = Uint8Array.from({ length: 16 }, (_, n) => n);
const found: KmsAnswer = { status: 200, body: { KeyId: arn, Plaintext: 'AAECAwQFBgcICQoLDA0ODw==' } };
const never = new AbortController().signal;

async function setUp(t: ExecutionContext, answer: KmsAnswer, timeoutMs = 10_000) {
  const server = await kmsServer(answer);
  t.teardown(() => server.stop());
  const keys = kmsKeys({
    region: 'eu-west-2',
    endpoint: server.url,
    credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
    timeoutMs,
  });
  t.teardown(() => keys.close());
  return { server, keys };
}

test('the wrapped key and the ARN are put to KMS', async (t) => {
  const { server, keys } = await setUp(t, found);
  t.deepEqual(await keys.decrypt(request, never), { kind: 'key', key });
  t.deepEqual(server.decrypts, [{ CiphertextBlob: 'AQIDBA==', KeyId: arn }]);
});

test("an HSM's key id is not", async (t) => {
  const { server, keys } = await setUp(t, found);
  t.like(await keys.decrypt({ ...request, keyId: 'cloudhsm:262152,262151' }, never), { kind: 'key' });
  t.deepEqual(server.decrypts, [{ CiphertextBlob: 'AQIDBA==' }]);
});

test('what is not base64 is refused without asking', async (t) => {
  const { server, keys } = await setUp(t, found);
  t.like(await keys.decrypt({ ...request, wrappedKey: 'foobar' }, never), { kind: 'refused' });
  t.deepEqual(server.decrypts, []);
});

const errors = test.macro({
  async exec(t, name: string, status: number, kind: 'refused' | 'unavailable') {
    const { server, keys } = await setUp(t, { status, body: { __type: name, message: 'about AQIDBA==' } });
    t.deepEqual(await keys.decrypt(request, never), { kind, reason: `KMS: ${name}` });
    t.is(server.decrypts.length, 1, 'R-ONERETRY: asked once');
  },
  title: (_, name: string, status: number, kind: string) => `${name} is ${kind}`,
});
test(errors, 'InvalidCiphertextException', 400, 'refused');
test(errors, 'IncorrectKeyException', 400, 'refused');
test(errors, 'InvalidKeyUsageException', 400, 'refused');
test(errors, 'ValidationException', 400, 'refused');
test(errors, 'AccessDeniedException', 400, 'unavailable');
test(errors, 'DisabledException', 400, 'unavailable');
test(errors, 'NotFoundException', 400, 'unavailable');
test(errors, 'KMSInvalidStateException', 400, 'unavailable');
test(errors, 'ThrottlingException', 400, 'unavailable');
test(errors, 'UnrecognizedClientException', 400, 'unavailable');
test(errors, 'KMSInternalException', 500, 'unavailable');
test(errors, 'KeyUnavailableException', 500, 'unavailable');

const faults = test.macro({
  async exec(t, answer: KmsAnswer, reason: RegExp) {
    const { server, keys } = await setUp(t, answer, answer === 'hang' ? 300 : 10_000);
    const got = await keys.decrypt(request, never);
    t.is(got.kind, 'unavailable');
    t.regex(got.kind === 'unavailable' ? got.reason : '', reason);
    t.true(server.decrypts.length <= 1, 'R-ONERETRY: asked once');
  },
  title: (claim) => claim ?? '',
});
test('a slow answer is not awaited for ever', faults, 'hang', /^KMS: no answer within 300 ms$/);
test('a dropped connection is a fault', faults, 'drop', /^KMS: \w+$/);
test('an answer without a key is no answer', faults, { status: 200, body: {} }, /without a data key$/);
test(
  'a key of 15 bytes is no answer',
  faults,
  { status: 200, body: { Plaintext: 'AAECAwQFBgcICQoLDA0O' } },
  /without a data key$/,
);

test('an abort ends a request', async (t) => {
  const { keys } = await setUp(t, 'hang');
  const controller = new AbortController();
  const reason = new Error('enough');
  const asked = keys.decrypt(request, controller.signal);
  controller.abort(reason);
  t.is(await t.throwsAsync(asked), reason);
});
