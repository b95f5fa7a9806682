import {
  emptyText,
  reserveText,
  scanJson,
  type JsonText,
  type ScanResult,
} from '../../consumer/record/json.ts';

/** Scans text, or what should be text, in a buffer of its own. */
export function scan(json: string): { readonly text: JsonText; readonly result: ScanResult } {
  const text = emptyText();
  return { text, result: scanInto(text, json) };
}

/** The same in a buffer that held another text before. */
export function scanInto(text: JsonText, json: string): ScanResult {
  const bytes = Buffer.from(json);
  reserveText(text, bytes.length, 0);
  text.bytes.set(bytes);
  text.length = bytes.length;
  return scanJson(text);
}
