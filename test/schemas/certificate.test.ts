import { createHash } from 'node:crypto';
import test from 'ava';
import { certificateDigest, certificateText } from '../../schemas/certificate.ts';
import { certificate } from '../helpers/sample-certificate.ts';

test('the text has members in order, whatever the order they were made in, and ends its line', (t) => {
  const { db, ...others } = certificate;
  const text = certificateText({ ...others, db });
  t.is(text, certificateText(certificate));
  t.true(text.endsWith('\n}\n'));
  t.regex(text, /^\{\n "blank": 1,\n "collection": "é🙂",\n "datasets": \[\n {2}\{\n {3}"files": \[/);
  t.regex(text, /"gaps": \[\n\s+\{\n\s+"from": "9007199254740993",\n\s+"to": "9223372036854775806"\n/);
});

test('the text is that of the certificate', (t) => {
  t.deepEqual(JSON.parse(certificateText(certificate)), certificate);
});

test('lists keep their order', (t) => {
  const [changes, typed] = certificate.datasets;
  const swapped = { ...certificate, datasets: [typed, changes].flatMap((dataset) => dataset ?? []) };
  t.deepEqual(JSON.parse(certificateText(swapped)), swapped);
  t.not(certificateDigest(swapped), certificateDigest(certificate));
});

test('the digest is the SHA-256 of the text in UTF-8', (t) => {
  const expected = createHash('sha256')
    .update(Buffer.from(certificateText(certificate)))
    .digest('hex');
  t.is(certificateDigest(certificate), expected);
  t.not(certificateDigest({ ...certificate, lines: 13 }), expected);
});
