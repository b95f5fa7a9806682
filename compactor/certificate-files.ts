import { hash } from 'node:crypto';
import type { Certificate } from '../schemas/certificate.ts';
import { collectionPrefix } from '../schemas/layout.ts';
import { CertificateError, parseCertificate } from '../schemas/parse-certificate.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { readText } from '../storage/read-text.ts';
import type { ObjectStore } from '../storage/store.ts';

/** A file that has the name of a certificate, and what is in it. */
export type CertificateFile = ReadableCertificate | UnreadableCertificate;

interface NamedFile {
  readonly key: string;
  /** As its name says. */
  readonly exportDate: string;
  readonly sha256: string;
  readonly lastModified: Date;
}

export interface ReadableCertificate extends NamedFile {
  readonly kind: 'certificate';
  readonly certificate: Certificate;
  readonly text: string;
}

export interface UnreadableCertificate extends NamedFile {
  readonly kind: 'unreadable';
  readonly reason: string;
}

/** The certificates of a collection, those that cannot be read too, ascending by export date. */
export async function certificateFiles(
  published: ObjectStore,
  collection: CollectionName,
): Promise<readonly CertificateFile[]> {
  const files: CertificateFile[] = [];
  for await (const { key, lastModified } of published.list(collectionPrefix('certificates', collection))) {
    const exportDate = /\/(\d{4}-\d{2}-\d{2})\.json$/.exec(key)?.[1];
    const text = exportDate === undefined ? undefined : await readText(published, key);
    if (exportDate === undefined || text === undefined) continue;
    const named = { key, exportDate, sha256: hash('sha256', text), lastModified };
    files.push({ ...named, ...read(text, { ...collection, exportDate }) });
  }
  return files;
}

type Content =
  | Pick<ReadableCertificate, 'kind' | 'certificate' | 'text'>
  | Pick<UnreadableCertificate, 'kind' | 'reason'>;

function read(
  text: string,
  { db, collection, exportDate }: CollectionName & { exportDate: string },
): Content {
  try {
    const certificate = parseCertificate(text);
    const isInPlace =
      certificate.db === db && certificate.collection === collection && certificate.exportDate === exportDate;
    if (!isInPlace) throw new CertificateError('it is the certificate of another collection or export date');
    return { kind: 'certificate', certificate, text };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { kind: 'unreadable', reason: error.message };
  }
}
