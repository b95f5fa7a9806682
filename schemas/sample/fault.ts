import { encryptDocument, newDataKey, lineStart, type Envelope } from './envelope.ts';
import type { Random } from './random.ts';

/** The ways in which a line can be unusable, named for the reason it must be quarantined with. */
export type LineFault =
  | 'invalid-json'
  | 'missing-field'
  | 'invalid-id'
  | 'invalid-encryption'
  | 'key-refused'
  | 'decrypt-mismatch'
  | 'not-an-object'
  | 'transform-failed'
  | 'invalid-date'
  | 'unsupported-value';

/** The ways in which a whole object can be unusable. */
export type ObjectFault = 'not-gzip' | 'truncated-gzip';

export type Fault = LineFault | ObjectFault;

/** The faults a line can have; only audit records go through a transform that can fail. */
export function lineFaults(envelope: 'business' | 'audit' | 'equality'): readonly LineFault[] {
  return envelope === 'audit' ? [...anyLineFaults, 'transform-failed'] : anyLineFaults;
}

/** The line of a good envelope with one thing wrong. */
export function faultyLine(fault: LineFault, good: Envelope, random: Random): string {
  return spoil[fault](good, random);
}

const spoil: Record<LineFault, (good: Envelope, random: Random) => string> = {
  'invalid-json': (good) => lineStart(good).replace('"message":{', '"message":'),
  'missing-field': (good) => lineStart({ ...good, dbObject: undefined }),
  'invalid-id': (good) => lineStart({ ...good, idJson: 'null' }),
  'invalid-encryption': (good) => lineStart({ ...good, iv: good.iv.subarray(0, 12) }),
  'key-refused': (good) => lineStart({ ...good, dataKey: { ...good.dataKey, wrappedKey: 'foobar' } }),
  'decrypt-mismatch': (good, random) => lineStart({ ...good, dataKey: newDataKey(random) }),
  'not-an-object': (good) => withDocument(good, '["not","an","object"]'),
  'transform-failed': (good) => withDocument(good, '{"context":{},"auditType":"LOGIN"}'),
  'invalid-date': (good) => withMember(good, '"reviewedAt":"2026-02-30T00:00:00.000Z"'),
  'unsupported-value': (good) => withMember(good, '"name":"\\ud800"'),
};

function withDocument(good: Envelope, document: string): string {
  return lineStart({ ...good, dbObject: encryptDocument(document, good.dataKey, good.iv) });
}

/** A document with one odd member, where the audit log's transform does not drop it. */
function withMember(good: Envelope, member: string): string {
  const isAudit = good.type === 'AUDIT_LOG';
  return withDocument(good, isAudit ? `{"context":{${member}},"auditType":"LOGIN"}` : `{${member}}`);
}

const anyLineFaults = [
  'missing-field',
  'decrypt-mismatch',
  'invalid-date',
  'invalid-json',
  'key-refused',
  'invalid-encryption',
  'invalid-id',
  'not-an-object',
  'unsupported-value',
] as const satisfies readonly LineFault[];
