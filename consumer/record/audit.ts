import type { AddedMember } from './document.ts';
import {
  DOLLAR,
  END,
  ESCAPE,
  NULL,
  OBJECT,
  START,
  UNDERSCORE,
  addString,
  isFalsy,
  kindOf,
  type JsonText,
} from './json.ts';
import { findMember } from './strings.ts';

export interface AuditRecord {
  /** The node of the object that becomes the record. */
  readonly root: number;
  readonly added: readonly AddedMember[];
}

const encoder = new TextEncoder();
const CONTEXT = encoder.encode('context');
const AUDIT_TYPE = encoder.encode('auditType');
const AUDIT_EVENT = encoder.encode('AUDIT_EVENT');
const TIME_STAMP = encoder.encode('TIME_STAMP');
const TIME_STAMP_ORIG = encoder.encode('TIME_STAMP_ORIG');

/**
 * An audit record is its `context` with the event and the envelope's time; undefined when context or auditType are
 * missing or empty. `document` must have room for the time's text.
 *
 * @see domain.md 4.1
 */
export function auditRecord(
  document: JsonText,
  envelope: JsonText,
  envelopeTime: number | undefined,
): AuditRecord | undefined {
  const context = findMember(document, 0, CONTEXT);
  const auditType = findMember(document, 0, AUDIT_TYPE);
  if (context === undefined || kindOf(document, context) !== OBJECT || isFalsy(document, context))
    return undefined;
  if (auditType === undefined || isFalsy(document, auditType)) return undefined;
  const time = copyPrimitive(document, envelope, envelopeTime);
  return {
    root: context,
    added: [
      { name: AUDIT_EVENT, value: auditType },
      { name: TIME_STAMP, value: time },
      { name: TIME_STAMP_ORIG, value: time },
    ],
  };
}

/** The envelope's time as a string of the document: a primitive's text, or nothing. */
function copyPrimitive(document: JsonText, envelope: JsonText, node: number | undefined): number {
  const kind = node === undefined ? NULL : kindOf(envelope, node);
  const start = document.free;
  if (node === undefined || kind === NULL || kind >= OBJECT) return addString(document, start, start, 0);
  const text = envelope.bytes.subarray(envelope.nodes[node + START], envelope.nodes[node + END]);
  document.bytes.set(text, start);
  document.free += text.length;
  const flags = (envelope.nodes[node] as number) & (ESCAPE | DOLLAR | UNDERSCORE);
  return addString(document, start, document.free, flags);
}
