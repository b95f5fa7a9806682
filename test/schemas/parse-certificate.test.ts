import test from 'ava';
import { certificateText, type Certificate } from '../../schemas/certificate.ts';
import { CertificateError, parseCertificate } from '../../schemas/parse-certificate.ts';
import { certificate } from '../helpers/sample-certificate.ts';

test('a certificate is read as it was written', (t) => {
  const { snapshot: _, ...withoutSnapshot } = certificate;
  const first: Certificate = { ...withoutSnapshot, previous: null, offsets: [], datasets: [] };
  for (const written of [certificate, first])
    t.deepEqual(parseCertificate(certificateText(written)), written);
});

test('the layout of the text does not matter', (t) => {
  t.deepEqual(parseCertificate(JSON.stringify(certificate)), certificate);
});

const [changes, typed] = certificate.datasets;
const [offsets] = certificate.offsets;

const refused: [string, object][] = [
  ['certificate.format is no count', { format: '1' }],
  ['certificate is of an unknown format', { format: 1 }],
  ['certificate has unknown members', { madeAt: '2026-07-03' }],
  ['certificate has unknown members', { previous: { ...certificate.previous, rows: 1 } }],
  ['certificate has unknown members', { datasets: [{ ...changes, owner: 'x' }] }],
  ['certificate.db is no text', { db: undefined }],
  ['certificate.collection is no text', { collection: 5 }],
  ['certificate.exportDate is not of its shape', { exportDate: '2026-7-3' }],
  ['certificate.objects.incomplete is no count', { objects: { ...certificate.objects, incomplete: -1 } }],
  ['certificate.objects.covered is no count', { objects: { complete: 1, incomplete: 0 } }],
  ['certificate.lines is no count', { lines: 1.5 }],
  ['certificate.rows is no count', { rows: 2 ** 53 }],
  ['certificate.blank is no count', { blank: null }],
  ['certificate.quarantined is no object', { quarantined: 2 }],
  ['certificate.quarantined.byReason is no object', { quarantined: { total: 0, byReason: [] } }],
  ['certificate.quarantined.byReason.x is no count', { quarantined: { total: 0, byReason: { x: '1' } } }],
  ['certificate.merge is no object', { merge: null }],
  ['certificate.merge.rowsOut is no count', { merge: { ...certificate.merge, rowsOut: undefined } }],
  ['certificate.merge.checksumIn is not of its shape', { merge: { ...certificate.merge, checksumIn: 'ff' } }],
  [
    'certificate.merge.checksumOut is not of its shape',
    { merge: { ...certificate.merge, checksumOut: '00FF00FF00FF00FF' } },
  ],
  ['certificate.snapshot.older is no count', { snapshot: { ...certificate.snapshot, older: true } }],
  ['certificate.offsets is no list', { offsets: {} }],
  ['certificate.offsets[0].span is no object', { offsets: [{ ...offsets, span: null }] }],
  ['certificate.offsets[0].reached is not of its shape', { offsets: [{ ...offsets, reached: '-1' }] }],
  ['certificate.offsets[0].reached is no text', { offsets: [{ ...offsets, reached: 5 }] }],
  [
    'certificate.offsets[0].gaps[1].to is not of its shape',
    {
      offsets: [
        {
          ...offsets,
          gaps: [
            { from: '0', to: '1' },
            { from: '0', to: '01' },
          ],
        },
      ],
    },
  ],
  ['certificate.offsets[0].overlaps[0] is no object', { offsets: [{ ...offsets, overlaps: ['5-5'] }] }],
  ['certificate.datasets[0].kind is unknown', { datasets: [{ ...changes, kind: 'other' }] }],
  [
    'certificate.datasets[1].table.name is no text',
    { datasets: [changes, { ...typed, table: { database: 'x' } }] },
  ],
  [
    'certificate.datasets[0].manifestSha256 is not of its shape',
    { datasets: [{ ...changes, manifestSha256: 'A'.repeat(64) }] },
  ],
  [
    'certificate.datasets[0].files[0].sha256 is not of its shape',
    { datasets: [{ ...changes, files: [{ ...changes?.files[0], sha256: 'b'.repeat(63) }] }] },
  ],
  ['certificate.previous is no object', { previous: undefined }],
  ['certificate.previous.sha256 is not of its shape', { previous: { exportDate: '2026-07-02', sha256: '' } }],
];

for (const [index, [message, changed]] of refused.entries()) {
  test(`a certificate is refused when ${message} (${index + 1})`, (t) => {
    const text = JSON.stringify({ ...certificate, ...changed });
    t.throws(() => parseCertificate(text), { instanceOf: CertificateError, message });
  });
}

test('what is no JSON is no certificate', (t) => {
  t.throws(() => parseCertificate('{"db":"secret"'), {
    instanceOf: CertificateError,
    message: 'certificate is no JSON',
  });
  t.throws(() => parseCertificate('[]'), {
    instanceOf: CertificateError,
    message: 'certificate is no object',
  });
});
