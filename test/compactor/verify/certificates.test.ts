import test from 'ava';
import { verifyCollection } from '../../../compactor/verify/verify.ts';
import { certificateText, type Certificate } from '../../../schemas/certificate.ts';
import { certificateKey, dayPrefix } from '../../../schemas/layout.ts';
import { MANIFEST_NAME, parseManifest } from '../../../schemas/manifest.ts';
import {
  certifiedDays,
  DAYS,
  FIRST,
  LAST,
  MIDDLE,
  removeCertifiedDays,
} from '../../helpers/certified-days.ts';
import { newCompactionBench, toDoDay } from '../../helpers/compaction-bench.ts';
import { forgeCertificates, forgeManifest } from '../../helpers/forge.ts';
import { plainRow, putLivePart } from '../../helpers/live-part.ts';
import { bodyOf } from '../../helpers/published.ts';

test.after.always(removeCertifiedDays);

test('a certificate with another value or text is found by itself, or by the next one', async (t) => {
  const days = await certifiedDays(t);
  const key = certificateKey({ ...toDoDay, exportDate: MIDDLE });
  const nextKey = certificateKey({ ...toDoDay, exportDate: LAST });
  const certificate = await days.certificate(MIDDLE);
  const put = (changed: Certificate): Promise<unknown> =>
    days.published.put(key, Buffer.from(certificateText(changed)));

  await put({ ...certificate, lines: certificate.lines + 1 });
  t.true(await days.isNamed(nextKey, `SHA-256 of the certificate of ${MIDDLE}`));
  t.true(await days.isNamed(nextKey, `SHA-256 of the certificate of ${MIDDLE}`, MIDDLE));
  t.false(await days.isNamed(nextKey, `SHA-256 of the certificate of ${MIDDLE}`, FIRST));

  const { merge, snapshot } = certificate;
  await put({ ...certificate, merge: { ...merge, duplicates: merge.duplicates + 1 } });
  t.true(await days.isNamed(key, 'rows out of the merge'));
  await put({ ...certificate, merge: { ...merge, checksumIn: '0'.repeat(16) } });
  t.true(await days.isNamed(key, 'checksum out of the merge'));
  await put({ ...certificate, quarantined: { total: 1, byReason: {} } });
  t.true(await days.isNamed(key, 'quarantined'));
  await put({ ...certificate, blank: certificate.blank + 1 });
  t.true(await days.isNamed(key, 'lines'));
  if (snapshot === undefined) return t.fail();
  await put({ ...certificate, snapshot: { ...snapshot, older: snapshot.older + 1 } });
  t.true(await days.isNamed(key, 'rows of the snapshot'));
  await put({ ...certificate, snapshot: { ...snapshot, tombstones: snapshot.tombstones + 1 } });
  t.true(await days.isNamed(key, 'tombstones'));
  await put({
    ...certificate,
    snapshot: { ...snapshot, rowsIn: snapshot.rowsIn + 1, older: snapshot.older + 1 },
  });
  t.true(await days.isNamed(/^.*\/exports\/.*$/, 'rows that went into the snapshot'));
  await put({ ...certificate, datasets: certificate.datasets.filter(({ kind }) => kind !== 'changes') });
  t.true(await days.isNamed(key, 'datasets of changes'));
  await put({
    ...certificate,
    datasets: certificate.datasets.map((dataset) => ({ ...dataset, rows: dataset.rows + 1 })),
  });
  t.true(await days.isNamed(/^.*\/version=.*$/, 'rows of the dataset'));
  for (const location of [
    '../',
    'corporate_data_ingestion/changes/core/../../version=abc/',
    'a/version=abc/',
  ]) {
    const datasets = certificate.datasets.map((dataset) => ({ ...dataset, location }));
    await put({ ...certificate, datasets });
    for (const { kind } of datasets) {
      t.true(await days.isNamed(key, `the location of its ${kind} is not one of theirs`, MIDDLE), location);
    }
  }

  await days.published.put(key, Buffer.from(JSON.stringify(certificate)));
  t.true(await days.isNamed(key, 'its text is not the canonical one'));
  await days.published.put(key, Buffer.from('{}'));
  t.true(await days.isNamed(key, /^the certificate cannot be read: /));
});

test('figures that fit each other, and not the live parts, are found in the newest certificate, too', async (t) => {
  const days = await certifiedDays(t);
  const key = certificateKey({ ...toDoDay, exportDate: LAST });
  const certificate = await days.certificate(LAST);
  const { objects, lines, rows, blank, offsets } = certificate;
  const put = (changes: Partial<Certificate>): Promise<unknown> =>
    days.published.put(key, Buffer.from(certificateText({ ...certificate, ...changes })));
  const isNamed = (what: string): Promise<boolean> => days.isNamed(key, `${what} of the live parts`);

  await put({ lines: lines + 1, rows: rows + 1 });
  t.true(await isNamed('lines'));
  t.true(await isNamed('rows'));
  await put({ lines: lines + 1, blank: blank + 1 });
  t.true(await isNamed('blank lines'));
  await put({ lines: lines + 2, quarantined: { total: 2, byReason: { 'invalid-id': 2 } } });
  t.true(await isNamed('quarantined lines'));
  await put({ objects: { ...objects, covered: 1 } });
  t.true(await isNamed('objects'));
  await put({ offsets: offsets.map((each) => ({ ...each, overlaps: [{ from: '1', to: '2' }] })) });
  t.true(await isNamed('offsets'));
  await put({});
  t.deepEqual((await days.verdict()).findings, []);
});

test('a certificate that is gone, or not linked, is told by the chain; the newest as not certified', async (t) => {
  const days = await certifiedDays(t);
  const keys = DAYS.map((exportDate) => certificateKey({ ...toDoDay, exportDate }));
  const [first = '', middle = '', last = ''] = keys;
  const bodies = await Promise.all(keys.map((key) => bodyOf(days.published, key)));

  await days.published.delete([middle]);
  t.true(await days.isNamed(last, `the certificate of ${MIDDLE} before it is missing`));
  t.like(
    (await days.verdict()).findings.find(({ kind }) => kind === 'note'),
    {
      what: `${MIDDLE} is not certified yet`,
    },
  );

  await days.published.put(middle, bodies[1] ?? Buffer.of());
  await days.published.delete([first]);
  t.true(await days.isNamed(middle, `the certificate of ${FIRST} before it is missing`));

  await days.published.put(first, bodies[0] ?? Buffer.of());
  await days.published.delete([last]);
  const { findings } = await days.verdict();
  t.deepEqual(
    findings.map(({ kind, what }) => `${kind}: ${what}`),
    [`note: ${LAST} is not certified yet`],
  );

  const firstCertificate = await days.certificate(FIRST);
  const linkedPast: Certificate = {
    ...(JSON.parse(String(bodies[2])) as Certificate),
    previous: (await days.certificate(MIDDLE)).previous,
  };
  await days.published.put(last, Buffer.from(certificateText(linkedPast)));
  t.true(await days.isNamed(last, 'the certificate before it is not the one it names'));
  await days.published.put(middle, Buffer.from(certificateText({ ...firstCertificate, exportDate: MIDDLE })));
  t.true(await days.isNamed(middle, 'it says that it is the first certificate'));
});

test('certificates that changed places are found', async (t) => {
  const days = await certifiedDays(t);
  const [first, middle] = [FIRST, MIDDLE].map((exportDate) => certificateKey({ ...toDoDay, exportDate })) as [
    string,
    string,
  ];
  const body = await bodyOf(days.published, first);
  await days.published.put(first, await bodyOf(days.published, middle));
  await days.published.put(middle, body);
  for (const key of [first, middle]) {
    t.true(await days.isNamed(key, /^the certificate cannot be read: .*another collection or export date$/));
  }
});

test('a manifest that is gone, changed, or of another version is found', async (t) => {
  const days = await certifiedDays(t);
  for (const kind of ['changes', 'snapshot', 'typed'] as const) {
    const { dataset } = await days.file(kind);
    const key = `${dataset.location}${MANIFEST_NAME}`;
    const text = (await bodyOf(days.published, key)).toString();
    const manifest = parseManifest(text);
    await days.published.delete([key]);
    t.true(await days.isNamed(key, 'the manifest is missing', LAST), kind);
    await days.published.put(key, Buffer.from('null'));
    t.true(await days.isNamed(key, /^the manifest cannot be read: /, LAST), kind);
    await days.published.put(key, Buffer.from(text.replace(/^/, ' ')));
    t.true(await days.isNamed(key, 'SHA-256', LAST), kind);

    const forge = (changed: object): Promise<void> =>
      forgeManifest(days.published, toDoDay, dataset.location, { ...manifest, ...changed });
    await forge({ recipe: { ...manifest.recipe, compression: 'ZSTD' } });
    t.true(await days.isNamed(key, 'the digest of its recipe', LAST), kind);
    await forge({ recipe: { ...manifest.recipe, exportDate: FIRST } });
    t.true(await days.isNamed(key, 'the day of its recipe', LAST), kind);
    await forge({ recipe: {} });
    t.true(await days.isNamed(key, 'the recipe has not the members of one', LAST), kind);
    await forge({ version: 'f00' });
    t.true(await days.isNamed(key, 'the version it says', LAST), kind);
    await forge({ counts: { ...manifest.counts, rowsOut: manifest.counts.rowsOut + 1 } });
    t.true(await days.isNamed(key, 'rows out', LAST), kind);
    await forge({ files: [] });
    t.true(await days.isNamed(key, 'it has no file 00-ff-0.orc', LAST), kind);
    await forge({ files: manifest.files.flatMap((file) => [file, { ...file, name: '00-ff-9.orc' }]) });
    t.true(await days.isNamed(key, 'its file 00-ff-9.orc is not certified', LAST), kind);
    await forge({ files: manifest.files.map((file) => ({ ...file, rows: file.rows + 1 })) });
    t.true(await days.isNamed(key, /^rows of 00-ff-0.orc$/, LAST), kind);
    await forge({});
    t.deepEqual((await days.verdict()).findings, [], kind);
  }
});

test('a live part that is gone, or of another size, is named; one that came late is no mistake', async (t) => {
  const days = await certifiedDays(t);
  const folder = dayPrefix('live', { ...toDoDay, exportDate: MIDDLE });
  const [key = ''] = await Array.fromAsync(days.published.list(folder), (object) => object.key);
  const body = await bodyOf(days.published, key);
  await days.published.delete([key]);
  t.true(await days.isNamed(key, 'the live part is missing'));
  await days.published.put(key, Buffer.concat([body, body]));
  t.true(await days.isNamed(key, 'bytes of the live part'));
  await days.published.put(key, body);
  await putLivePart(days.published, { ...toDoDay, exportDate: MIDDLE }, [plainRow({ id: 'late' })]);
  t.like((await days.verdict()).findings, {
    length: 1,
    0: { kind: 'note', what: '1 live parts have come since it was certified' },
  });
});

test('a snapshot that stands on another one than was certified is found', async (t) => {
  const days = await certifiedDays(t);
  await forgeCertificates(days.published, toDoDay, (certificate) =>
    certificate.exportDate === FIRST
      ? {
          ...certificate,
          datasets: certificate.datasets.map((dataset) => ({
            ...dataset,
            location: dataset.location.replace(/version=\w+/, 'version=abc'),
          })),
        }
      : certificate,
  );
  t.true(await days.isNamed(/\/exports\/.*=2026-07-03\//, 'the snapshot it is made from'));
});

test('a day without a certificate is told, and no mistake', async (t) => {
  const bench = await newCompactionBench(t);
  await bench.put(FIRST, [plainRow()]);
  const { findings, checked } = await verifyCollection(
    { published: bench.published, onProgress: () => {} },
    toDoDay,
  );
  t.deepEqual(
    findings.map(({ kind, what }) => `${kind}: ${what}`),
    [`note: ${FIRST} is not certified yet`],
  );
  t.is(checked.certificates, 0);
});
