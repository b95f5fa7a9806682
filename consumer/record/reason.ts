/** Why a line or an object could not become a row: the closed list of quarantine reasons. */
export const QUARANTINE_REASONS = [
  'not-gzip',
  'truncated-gzip',
  'invalid-json',
  'missing-field',
  'invalid-id',
  'invalid-encryption',
  'key-refused',
  'decrypt-mismatch',
  'not-an-object',
  'transform-failed',
  'invalid-date',
  'unsupported-value',
] as const;

export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];
