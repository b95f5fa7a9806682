import { hash } from 'node:crypto';
import { createWriter, formatSchema, openReader, type ColumnBatch } from 'orc-writer-wasm';
import { certificateFiles } from '../../compactor/certificate-files.ts';
import { rowCheck } from '../../compactor/verify/row-check.ts';
import { takeRows } from '../../compactor/part-columns.ts';
import { hexDigits64 } from '../../compactor/range-writer.ts';
import { certificateText, type Certificate, type CertifiedDataset } from '../../schemas/certificate.ts';
import { MANIFEST_NAME, manifestText, parseManifest, type Manifest } from '../../schemas/manifest.ts';
import type { CollectionName } from '../../schemas/source-object.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { bodyOf } from './published.ts';

/** The ORC file with other rows of it, by their numbers; those of one batch. */
export async function withRows(
  bytes: Uint8Array,
  choose: (rows: number) => readonly number[],
  change: (batch: ColumnBatch) => void = () => {},
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  await using reader = await openReader(bytes);
  const writer = await createWriter((chunk) => void chunks.push(Buffer.from(chunk)), {
    schema: formatSchema(reader.schema),
    compression: 'ZLIB',
  });
  for await (const batch of reader.batches()) {
    change(batch);
    const chosen = takeRows({ ...batch, size: -1 }, Uint32Array.from(choose(batch.size)));
    await writer.addRowBatch(chosen);
  }
  await writer.close();
  return Buffer.concat(chunks);
}

/** Puts another file in place of a certified one, and has its manifest and all certificates say so. */
export async function forgeFile(
  published: ObjectStore,
  collection: CollectionName,
  key: string,
  bytes: Uint8Array,
): Promise<void> {
  const [folder, name] = [key.slice(0, key.lastIndexOf('/') + 1), key.slice(key.lastIndexOf('/') + 1)];
  await published.put(key, bytes);
  const content = { bytes: bytes.length, sha256: hash('sha256', bytes), ...(await rowsOf(bytes)) };
  const forged = <File extends { readonly name: string }>(
    files: readonly File[],
    { checksum, ...rest }: Partial<typeof content>,
  ): File[] =>
    files.map((file) =>
      file.name === name
        ? { ...file, ...rest, ...('checksum' in file && checksum !== undefined && { checksum }) }
        : file,
    );

  const manifestFolder = folder.replace('/tombstones/', '/exports/');
  const text = (await bodyOf(published, `${manifestFolder}${MANIFEST_NAME}`)).toString();
  const manifest = parseManifest(text);
  const list = folder === manifestFolder ? 'files' : 'tombstones';
  await forgeManifest(published, collection, manifestFolder, {
    ...manifest,
    [list]: forged(manifest[list], content),
  });
  const { checksum: _, ...certified } = content;
  await forgeDatasets(published, collection, (dataset) => {
    if (dataset.location !== folder) return dataset;
    const files = forged(dataset.files, certified);
    return { ...dataset, files, rows: files.reduce((sum, { rows }) => sum + rows, 0) };
  });
}

/** Puts another manifest in place of one, and has all certificates say so. */
export async function forgeManifest(
  published: ObjectStore,
  collection: CollectionName,
  folder: string,
  manifest: Manifest,
): Promise<void> {
  const text = manifestText(manifest);
  await published.put(`${folder}${MANIFEST_NAME}`, Buffer.from(text));
  await forgeDatasets(published, collection, (dataset) =>
    dataset.location.replace('/tombstones/', '/exports/') === folder
      ? { ...dataset, manifestSha256: hash('sha256', text) }
      : dataset,
  );
}

function forgeDatasets(
  published: ObjectStore,
  collection: CollectionName,
  change: (dataset: CertifiedDataset) => CertifiedDataset,
): Promise<void> {
  return forgeCertificates(published, collection, (certificate) => ({
    ...certificate,
    datasets: certificate.datasets.map(change),
  }));
}

/** Changes certificates, and has each of them name the one before it as it is now. */
export async function forgeCertificates(
  published: ObjectStore,
  collection: CollectionName,
  change: (certificate: Certificate) => Certificate,
): Promise<void> {
  let previous: Certificate['previous'] = null;
  for (const file of await certificateFiles(published, collection)) {
    if (file.kind !== 'certificate') continue;
    const text = certificateText({ ...change(file.certificate), previous });
    await published.put(file.key, Buffer.from(text));
    previous = { exportDate: file.exportDate, sha256: hash('sha256', text) };
  }
}

async function rowsOf(bytes: Uint8Array): Promise<{ readonly rows: number; readonly checksum?: string }> {
  await using reader = await openReader(bytes);
  if (!reader.schema.fieldNames.includes('fingerprint')) return { rows: reader.numberOfRows };
  const check = rowCheck('record', { first: 0, last: 255 });
  for await (const batch of reader.batches()) check.add(batch);
  return { rows: reader.numberOfRows, checksum: hexDigits64(check.end().checksum) };
}
