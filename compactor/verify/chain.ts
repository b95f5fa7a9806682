import { difference, wrong, type Finding } from './finding.ts';
import type { CertificateFile, ReadableCertificate } from '../certificate-files.ts';

/**
 * What is wrong with how certificates name those before them: each has to name the last one of an earlier export date,
 * and its digest.
 *
 * @param files - all of a collection, ascending
 * @param exportDate - only what this one says, and what is said of it
 */
export function chainFindings(files: readonly CertificateFile[], exportDate?: string): readonly Finding[] {
  return files.flatMap((file, index) => {
    const before = files[index - 1];
    const isWanted =
      exportDate === undefined || file.exportDate === exportDate || before?.exportDate === exportDate;
    return isWanted && file.kind === 'certificate' ? linkFindings(file, before) : [];
  });
}

function linkFindings(
  { key, certificate: { previous } }: ReadableCertificate,
  before: CertificateFile | undefined,
): readonly Finding[] {
  if (previous === null) {
    return before === undefined
      ? []
      : [
          wrong(key, 'it says that it is the first certificate', {
            expected: before.exportDate,
            found: null,
          }),
        ];
  }
  if (before === undefined || previous.exportDate > before.exportDate) {
    return [wrong(key, `the certificate of ${previous.exportDate} before it is missing`)];
  }
  return previous.exportDate === before.exportDate
    ? difference(key, `SHA-256 of the certificate of ${before.exportDate}`, previous.sha256, before.sha256)
    : [
        wrong(key, 'the certificate before it is not the one it names', {
          expected: previous.exportDate,
          found: before.exportDate,
        }),
      ];
}
