import { createCipheriv } from 'node:crypto';
import test from 'ava';
import { dataKeyCipher } from '../../../consumer/record/cipher.ts';
import { randomFrom } from '../../../schemas/sample/random.ts';

test('the vector of domain.md 3.5, whose counter wraps after two blocks, is decrypted', (t) => {
  const text =
    '{"_id":{"id":"ab12cd34"},"type":"CHILD","createdDateTime":{"$date":"2020-01-02T03:04:05.678Z"},"note":"café"}';
  const cipherText =
    'zZedsUmp7nTtJ7zWlEz2jA12fFb9M6BeSPXW4H41mSnk4nN+y8t5rk0s8wfAvL0dNydn8MGp2XtrQcbBQZBMfiz0vXGrq5S8zrlLRVCz5K2KlxsaDlr3FmZqDgS+ytB0XgzCuigW+dPkdJJ75BQ=';
  const bytes = ownBuffer(Buffer.from(cipherText, 'base64'));
  const decrypt = dataKeyCipher(Buffer.from('AAECAwQFBgcICQoLDA0ODw==', 'base64'));
  decrypt(bytes, bytes.length, Buffer.from('/////////////////////g==', 'base64'));
  t.is(Buffer.from(bytes).toString(), text);
});

// NIST SP 800-38A, F.5: AES-CTR.
const vector = test.macro({
  exec(t, key: string, cipherText: string) {
    const bytes = ownBuffer(Buffer.from(cipherText, 'hex'));
    const iv = Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'hex');
    dataKeyCipher(Buffer.from(key, 'hex'))(bytes, bytes.length, iv);
    t.is(
      Buffer.from(bytes).toString('hex'),
      '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51',
    );
  },
  title: (size) => `a key of ${size} decrypts the vector of NIST`,
});
test(
  '16 bytes',
  vector,
  '2b7e151628aed2a6abf7158809cf4f3c',
  '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff',
);
test(
  '24 bytes',
  vector,
  '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
  '1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94',
);
test(
  '32 bytes',
  vector,
  '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
  '601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5',
);

/** Counters that carry into each of their words within a few blocks, and one that does not. */
const counters = [
  '00000000000000000000000000000000',
  '000102030405060708090a0b0c0dfff0',
  '112233445566778899aabbccfffffffe',
  '1122334455667788fffffffffffffffe',
  '11223344ffffffffffffffffffffffff',
  'fffffffffffffffffffffffffffffffe',
  'ffffffffffffffffffffffffffffffff',
  // 4,096 blocks are made at a time: a carry at the seam.
  '1122334455667788fffffffffffff000',
  '1122334455667788fffffffffffff001',
].map((hex) => Buffer.from(hex, 'hex'));

const isAesCtr = test.macro({
  exec(t, sizes: readonly number[]) {
    const random = randomFrom('cipher');
    const noise = random.bytes(4 * Math.ceil(Math.max(...sizes) / 4));
    for (const keyLength of [16, 24, 32]) {
      const key = random.bytes(keyLength);
      const decrypt = dataKeyCipher(key);
      for (const counter of counters) {
        for (const size of sizes) {
          const cipherText = ownBuffer(noise.subarray(0, size), 3);
          const expected = createCipheriv(`aes-${keyLength * 8}-ctr`, key, counter).update(
            cipherText.subarray(0, size),
          );
          decrypt(cipherText, size, counter);
          const isEqual = expected.equals(cipherText.subarray(0, size));
          const isWithin = cipherText.subarray(size).every((byte) => byte === 170);
          if (isEqual && isWithin) continue;
          t.fail(`${keyLength} bytes of key, ${size} of text, counter ${counter.toString('hex')}`);
        }
      }
    }
    t.pass();
  },
  title: (sizes) => `texts of ${sizes} are decrypted as AES-CTR is, with counters that carry`,
});
test(
  '0 to 200 bytes',
  isAesCtr,
  Array.from({ length: 201 }, (_, size) => size),
);
test('about a page', isAesCtr, [4_095, 4_096, 4_097]);
test('about as much as is decrypted at a time', isAesCtr, [65_535, 65_536, 65_537, 131_072, 131_073]);
test('a megabyte', isAesCtr, [1_048_576, 1_048_579]);

test('ciphers of different keys and texts of different sizes do not disturb each other', (t) => {
  const random = randomFrom('interleaved');
  const ciphers = [16, 24, 32, 16].map((length) => {
    const key = random.bytes(length);
    return { key, decrypt: dataKeyCipher(key) };
  });
  for (let round = 0; round < 500; round++) {
    const { key, decrypt } = ciphers[random.below(ciphers.length)] ?? t.fail('no cipher');
    const counter = random.bytes(16);
    const cipherText = ownBuffer(random.bytes(4 * random.below(1_000)));
    const expected = createCipheriv(`aes-${key.length * 8}-ctr`, key, counter).update(cipherText);
    decrypt(cipherText, cipherText.length, counter);
    t.true(expected.equals(cipherText));
  }
});

test('the counter is left as it was', (t) => {
  const iv = Buffer.from('fffffffffffffffffffffffffffffffe', 'hex');
  dataKeyCipher(Buffer.alloc(16))(new Uint8Array(100), 100, iv);
  t.is(iv.toString('hex'), 'fffffffffffffffffffffffffffffffe');
});

/** A copy that begins its ArrayBuffer, and `extra` bytes behind it. */
function ownBuffer(bytes: Uint8Array, extra = 0): Uint8Array {
  const copy = new Uint8Array(bytes.length + extra).fill(170);
  copy.set(bytes);
  return copy;
}
