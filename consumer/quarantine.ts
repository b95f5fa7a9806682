import { isUtf8 } from 'node:buffer';
import type { Fault } from './record/envelope.ts';
import type { SourceRun } from './source-run.ts';
import { nameKey } from '../schemas/collection.ts';
import type { CollectionName } from '../schemas/source-object.ts';

/**
 * A quarantine entry as one line of JSON: what the table `quarantine` shows. The line is as it was received, its
 * document still encrypted; bytes that are no UTF-8 are kept in base64.
 *
 * @param line from 1; 0 for a fault of the whole object
 */
export function quarantineEntry(
  run: SourceRun,
  line: number,
  collection: CollectionName,
  fault: Fault,
  bytes: Uint8Array | undefined,
): string {
  return JSON.stringify({
    reason: fault.reason,
    detail: fault.detail,
    source_object: run.object.key,
    source_line: line,
    e_tag: run.eTag,
    version_id: run.versionId,
    generation: run.generation,
    collection: nameKey(collection),
    export_date: run.object.exportDate,
    ...received(bytes),
  });
}

function received(bytes: Uint8Array | undefined): { line?: string; line_base64?: string } {
  if (bytes === undefined) return {};
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? { line: buffer.toString('utf8') } : { line_base64: buffer.toString('base64') };
}
