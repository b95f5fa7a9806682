import type { Certificate } from '../../schemas/certificate.ts';

/** A certificate that has every member there is. */
export const certificate: Certificate = {
  format: 2,
  db: 'core',
  collection: 'é🙂',
  exportDate: '2026-07-03',
  objects: { complete: 2, covered: 0, incomplete: 0 },
  lines: 12,
  rows: 9,
  blank: 1,
  quarantined: { total: 2, byReason: { 'key-refused': 1, 'invalid-json': 1 } },
  merge: {
    rowsIn: 12,
    superseded: 1,
    duplicates: 3,
    rowsOut: 8,
    checksumIn: '00ff00ff00ff00ff',
    checksumOut: '0123456789abcdef',
  },
  snapshot: { rowsIn: 20, older: 4, tombstones: 1, rowsOut: 15 },
  offsets: [
    {
      topic: 'db.core.é',
      partition: 0,
      objects: 2,
      span: { from: '0', to: '9223372036854775807' },
      reached: '9223372036854775807',
      gaps: [{ from: '9007199254740993', to: '9223372036854775806' }],
      overlaps: [{ from: '5', to: '5' }],
    },
    { topic: 'db.core.é', partition: 1, objects: 0, reached: '7', gaps: [], overlaps: [] },
  ],
  datasets: [
    {
      kind: 'changes',
      location: 'a/b c+#🙂/',
      manifestSha256: 'a'.repeat(64),
      rows: 8,
      files: [{ name: '00-ff-0.orc', bytes: 1_000, rows: 8, sha256: 'b'.repeat(64) }],
    },
    {
      kind: 'typed',
      table: { database: 'uc', name: 'parts' },
      location: 'd/',
      manifestSha256: 'c'.repeat(64),
      rows: 0,
      files: [],
    },
  ],
  previous: { exportDate: '2026-07-02', sha256: 'd'.repeat(64) },
};
