import { emptyCanonicalText, type CanonicalRules } from '../../consumer/record/canonical.ts';
import { writeDocument, type DocumentFacts } from '../../consumer/record/document.ts';
import { emptyText } from '../../consumer/record/json.ts';
import { writeId } from '../../consumer/record/record-id.ts';
import { utf8 } from '../../consumer/record/strings.ts';
import { scanInto } from './scan-text.ts';

export type CanonicalVal =
  | {
      readonly kind: 'val';
      readonly val: string;
      readonly isRemoved: boolean;
      readonly lastModified: string;
    }
  | { readonly kind: 'fault'; readonly fault: string };

// One of each for all documents, as a worker has.
const text = emptyText();
const out = emptyCanonicalText();

/** What becomes of a document that needs no transform. */
export function canonicalVal(document: string, stripLineBreaks = false): CanonicalVal {
  if (scanInto(text, document) !== 'ok') throw new Error(`no JSON: ${document}`);
  const rules: CanonicalRules = { sanitise: true, stripLineBreaks, wrapDates: true };
  const facts: DocumentFacts = { isRemoved: false, lastModifiedMs: 0 };
  writeDocument(out, text, 0, rules, [], facts);
  if (out.fault !== undefined) return { kind: 'fault', fault: out.fault };
  return {
    kind: 'val',
    val: utf8(out.bytes, 0, out.length),
    isRemoved: facts.isRemoved,
    lastModified: new Date(facts.lastModifiedMs).toISOString(),
  };
}

/** The id text of a value; undefined for what is no id. */
export function canonicalId(json: string): string | undefined {
  if (scanInto(text, json) !== 'ok') throw new Error(`no JSON: ${json}`);
  if (!writeId(out, text, 0)) return undefined;
  return out.fault ?? utf8(out.bytes, 0, out.length);
}
