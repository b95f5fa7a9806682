import test from 'ava';
import type { ColumnBatch } from 'orc-writer-wasm';
import type { CertifiedDataset } from '../../../schemas/certificate.ts';
import { areaPrefix, dayPrefix } from '../../../schemas/layout.ts';
import { certifiedDays, FIRST, LAST, removeCertifiedDays } from '../../helpers/certified-days.ts';
import { toDoDay } from '../../helpers/compaction-bench.ts';
import { MANIFEST_NAME, parseManifest } from '../../../schemas/manifest.ts';
import { forgeCertificates, forgeFile, forgeManifest, withRows } from '../../helpers/forge.ts';
import { bodyOf } from '../../helpers/published.ts';

test.after.always(removeCertifiedDays);

type Kind = CertifiedDataset['kind'];
const KINDS: readonly Kind[] = ['changes', 'snapshot', 'tombstones', 'typed'];

test('all is well with what was compacted, and everything is counted', async (t) => {
  const days = await certifiedDays(t);
  const { findings, checked } = await days.verdict();
  t.deepEqual(findings, []);
  const keys = await Array.fromAsync(days.published.list(''), ({ key }) => key);
  const { length: files } = keys.filter((key) => key.endsWith('.orc') && !key.startsWith(areaPrefix('live')));
  t.like(checked, { certificates: 3, versions: 7, files });
  t.true(checked.rows > 0 && checked.bytes > 0);
});

const flipped = test.macro({
  exec: async (t, kind: Kind) => {
    const days = await certifiedDays(t);
    const { key } = await days.file(kind);
    const whole = await bodyOf(days.published, key);
    for (const share of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
      const bytes = Buffer.from(whole);
      const at = Math.floor(share * (bytes.length - 1));
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      await days.published.put(key, bytes);
      t.true(await days.isNamed(key, 'SHA-256', LAST), `byte ${at} of ${bytes.length}`);
    }
  },
  title: (_, kind: Kind) => `one bit of a file of ${kind} is not as it was, wherever it is`,
});
for (const kind of KINDS) test(flipped, kind);

const DAMAGES = {
  'a row less': (bytes: Buffer) => withRows(bytes, (rows) => numbers(rows).slice(1)),
  'a row twice': (bytes: Buffer) => withRows(bytes, (rows) => [0, ...numbers(rows)]),
  'another order': (bytes: Buffer) => withRows(bytes, (rows) => numbers(rows).toReversed()),
  'another value': (bytes: Buffer) => withRows(bytes, numbers, changeSomething),
};

type Damage = keyof typeof DAMAGES;

const replaced = test.macro({
  exec: async (t, kind: Kind, damage: Damage) => {
    const days = await certifiedDays(t);
    const { key } = await days.file(kind);
    await days.published.put(key, await DAMAGES[damage](await bodyOf(days.published, key)));
    t.true(await days.isNamed(key, 'SHA-256'));
  },
  title: (_, kind: Kind, damage: Damage) => `a file of ${kind} with ${damage} is not what was certified`,
});
for (const kind of KINDS) {
  for (const damage of Object.keys(DAMAGES)) test(replaced, kind, damage as Damage);
}

const forged = test.macro({
  exec: async (t, kind: Kind, damage: Damage, what: RegExp) => {
    const days = await certifiedDays(t);
    const { key, dataset } = await days.file(kind);
    const bytes = await DAMAGES[damage](await bodyOf(days.published, key));
    await forgeFile(days.published, toDoDay, key, bytes);
    const { findings } = await days.verdict();
    t.deepEqual(
      findings.filter((finding) => finding.what.startsWith('SHA-256')),
      [],
      'all digests were made to fit',
    );
    const places = [key, dataset.location, dataset.location.replace('/tombstones/', '/exports/')];
    t.true(
      findings.some((finding) => places.includes(finding.where) && what.test(finding.what)),
      JSON.stringify(findings, null, 1),
    );
  },
  title: (_, kind: Kind, damage: Damage) =>
    `a file of ${kind} with ${damage} is found though all digests were made to fit`,
});
for (const kind of ['changes', 'snapshot', 'tombstones'] as const) {
  test(forged, kind, 'a row less', /^checksum of all rows$/);
  test(forged, kind, 'a row twice', /^row 2 is twice$/);
  test(forged, kind, 'another order', /^row \d+ is out of order$/);
  test(forged, kind, 'another value', /^checksum of all rows$/);
}
test(forged, 'typed', 'a row less', /^rows, by what it is made from$/);
test(forged, 'typed', 'a row twice', /^rows, by what it is made from$/);

const remade = test.macro({
  exec: async (t, kind: Kind) => {
    const days = await certifiedDays(t);
    const { key } = await days.file(kind);
    const bytes = await withRows(await bodyOf(days.published, key), numbers, ({ columns }) => {
      const texts = columns.length > 5 ? columns[4] : columns[0];
      if (texts !== undefined && 'data' in texts) texts.data[texts.data.length - 3] = 0x41;
    });
    await forgeFile(days.published, toDoDay, key, bytes);
    t.deepEqual((await days.verdict()).findings, [], 'only the rows of live parts tell');
    const { findings } = await days.rebuilt();
    t.true(
      findings.some(({ where, what }) => where === key && what === 'SHA-256 of the file made again'),
      JSON.stringify(findings, null, 1),
    );
  },
  title: (_, kind: Kind) =>
    `another value in a file of ${kind}, with all digests and sums made to fit, is found by making it again`,
});
for (const kind of KINDS) test(remade, kind);

test('what is made again is what is there; what cannot be is named', async (t) => {
  const days = await certifiedDays(t);
  const before = await Array.fromAsync(days.published.list(''), ({ key }) => key);
  t.deepEqual((await days.rebuilt()).findings, []);
  t.deepEqual(await Array.fromAsync(days.published.list(''), ({ key }) => key), before);

  const { dataset } = await days.file('changes');
  const manifest = parseManifest(
    (await bodyOf(days.published, `${dataset.location}${MANIFEST_NAME}`)).toString(),
  );
  const misfits = { name: 1 };
  await forgeManifest(days.published, toDoDay, dataset.location, { ...manifest, misfits });
  t.like((await days.rebuilt()).findings, { length: 1, 0: { what: 'the manifest made again is another' } });

  const live = dayPrefix('live', { ...toDoDay, exportDate: FIRST });
  const [part = ''] = await Array.fromAsync(days.published.list(live), ({ key }) => key);
  await days.published.put(part, Buffer.from('no part'));
  const { findings } = await days.rebuilt();
  t.true(findings.some(({ what }) => what.startsWith('it cannot be made again: ')));
});

test('two records of one fingerprint are found, though another is between them', async (t) => {
  const days = await certifiedDays(t);
  const { key } = await days.file('changes');
  const bytes = await withRows(await bodyOf(days.published, key), numbers, ({ columns }) => {
    const fingerprints = longsIn(columns[5]);
    fingerprints[fingerprints.indexOf(3n)] = 1n;
  });
  await forgeFile(days.published, toDoDay, key, bytes);
  t.true(await days.isNamed(key, /^row \d+ is twice$/));
});

test('rows that the name of their file does not have are found', async (t) => {
  const days = await certifiedDays(t);
  const { key, dataset } = await days.file('changes');
  const body = await bodyOf(days.published, key);
  const renamed = `${dataset.location}00-0f-0.orc`;
  await days.published.put(renamed, body);
  await forgeCertificates(days.published, toDoDay, (certificate) => ({
    ...certificate,
    datasets: certificate.datasets.map((each) =>
      each.location === dataset.location
        ? { ...each, files: each.files.map((file) => ({ ...file, name: '00-0f-0.orc' })) }
        : each,
    ),
  }));
  const { findings } = await days.verdict();
  t.true(
    findings.some(
      ({ where, what }) => where === renamed && /^row \d+ is outside the range of the name$/.test(what),
    ),
  );
  t.true(findings.some(({ where, what }) => where === key && what === 'the file is not certified'));
});

test('a manifest with another checksum of a file is found', async (t) => {
  const days = await certifiedDays(t);
  const { key, dataset } = await days.file('changes');
  const manifest = parseManifest(
    (await bodyOf(days.published, `${dataset.location}${MANIFEST_NAME}`)).toString(),
  );
  const files = manifest.files.map((file) => ({ ...file, checksum: '0'.repeat(16) }));
  await forgeManifest(days.published, toDoDay, dataset.location, { ...manifest, files });
  t.true(await days.isNamed(key, 'checksum of rows'));
});

test('a file with other rows than all say of it is found', async (t) => {
  const days = await certifiedDays(t);
  const { key, dataset } = await days.file('typed');
  const text = (await bodyOf(days.published, `${dataset.location}${MANIFEST_NAME}`)).toString();
  const manifest = parseManifest(text);
  const more = <File extends { readonly rows: number }>(file: File): File => ({
    ...file,
    rows: file.rows + 1,
  });
  await forgeManifest(days.published, toDoDay, dataset.location, {
    ...manifest,
    files: manifest.files.map(more),
  });
  await forgeCertificates(days.published, toDoDay, (certificate) => ({
    ...certificate,
    datasets: certificate.datasets.map((each) =>
      each.location === dataset.location ? more({ ...each, files: each.files.map(more) }) : each,
    ),
  }));
  t.true(await days.isNamed(key, 'rows'));
});

test('a file whose rows do not come after those of the file before is found', async (t) => {
  const days = await certifiedDays(t);
  const { key, dataset } = await days.file('changes');
  const again = key.replace('-0.orc', '-1.orc');
  await days.published.put(again, await bodyOf(days.published, key));
  await forgeCertificates(days.published, toDoDay, (certificate) => ({
    ...certificate,
    datasets: certificate.datasets.map((each) =>
      each.location === dataset.location
        ? { ...each, files: each.files.flatMap((file) => [file, { ...file, name: '00-ff-1.orc' }]) }
        : each,
    ),
  }));
  t.true(await days.isNamed(again, 'row 1 is out of order, after the file before'));
});

test('an id that is among the tombstones and in the snapshot is found', async (t) => {
  const days = await certifiedDays(t);
  const snapshot = await days.file('snapshot');
  const tombstones = await days.file('tombstones');
  const bytes = await bodyOf(days.published, snapshot.key);
  await forgeFile(days.published, toDoDay, tombstones.key, bytes);
  t.true(await days.isNamed(snapshot.dataset.location, /^\d+ ids are among the tombstones, too$/));
});

test('a file that is gone, and one that is not certified, are named', async (t) => {
  const days = await certifiedDays(t);
  for (const kind of KINDS) {
    const { key, dataset } = await days.file(kind);
    const body = await bodyOf(days.published, key);
    await days.published.delete([key]);
    t.true(await days.isNamed(key, 'the file is missing', LAST), kind);
    await days.published.put(key, body);

    const extra = `${dataset.location}00-ff-7.orc`;
    await days.published.put(extra, body);
    t.true(await days.isNamed(extra, 'the file is not certified', LAST), kind);
    await days.published.delete([extra]);
    await days.published.put(`${dataset.location}_SUCCESS`, Buffer.of());
  }
  t.deepEqual((await days.verdict()).findings, []);
});

test('a file of another size, or none of ours, is named', async (t) => {
  const days = await certifiedDays(t);
  const { key } = await days.file('changes');
  await days.published.put(key, Buffer.from('ORC'));
  t.true(await days.isNamed(key, 'bytes'));
  t.true(await days.isNamed(key, /^its rows cannot be read: /));
  const { key: typed } = await days.file('typed');
  await days.published.put(key, await bodyOf(days.published, typed));
  t.true(await days.isNamed(key, /^its rows cannot be read: /));
});

function numbers(rows: number): number[] {
  return [...Array(rows).keys()];
}

/** A fingerprint, or a letter of a name. */
function changeSomething({ columns }: ColumnBatch): void {
  if (columns.length > 5) longsIn(columns[5])[0] = 5n;
  else if (columns[0] !== undefined && 'data' in columns[0]) columns[0].data[0] = 0x41;
}

function longsIn(vector: ColumnBatch['columns'][number] | undefined): BigInt64Array {
  if (vector === undefined || !('values' in vector) || !(vector.values instanceof BigInt64Array)) {
    throw new TypeError('no longs');
  }
  return vector.values;
}
