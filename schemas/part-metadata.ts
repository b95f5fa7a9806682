import { countsIn, listOf, type Members } from './json-members.ts';
import type { DayOfCollection } from './layout.ts';
import { PART_METADATA, type ObjectSummary, type PartSource } from './part.ts';

/** What a part says of itself. */
export interface PartMetadata extends DayOfCollection {
  readonly generation: number;
  /** Ascending by key. */
  readonly sources: readonly PartSource[];
}

/** The metadata is not that of a part. The message has no values, only their places. */
export class PartMetadataError extends Error {
  override readonly name = 'PartMetadataError';
}

/** @throws {PartMetadataError} when a member is missing or not of its type. */
export function parsePartMetadata(userMetadata: ReadonlyMap<string, Uint8Array>): PartMetadata {
  const text = (name: string): string => {
    const bytes = userMetadata.get(name);
    if (bytes === undefined) throw new PartMetadataError(`${name} is missing`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  };
  const generation = text(PART_METADATA.generation);
  if (!/^\d{1,15}$/.test(generation)) throw new PartMetadataError(`${PART_METADATA.generation} is no number`);
  return {
    db: text(PART_METADATA.db),
    collection: text(PART_METADATA.collection),
    exportDate: text(PART_METADATA.exportDate),
    generation: Number(generation),
    sources: parseSources(text(PART_METADATA.sources)),
  };
}

function parseSources(json: string): PartSource[] {
  return listOf(parseJson(json), PART_METADATA.sources, PartMetadataError).map((at) => ({
    key: at.text('key'),
    eTag: at.text('eTag'),
    ...(at.has('versionId') && { versionId: at.text('versionId') }),
    rows: at.count('rows'),
    firstLine: at.count('firstLine'),
    lastLine: at.count('lastLine'),
    ...(at.has('object') && { object: summaryIn(at.object('object')) }),
  }));
}

function summaryIn(at: Members): ObjectSummary {
  return {
    lines: at.count('lines'),
    rows: at.count('rows'),
    quarantined: at.count('quarantined'),
    blank: at.count('blank'),
    ...(at.has('reasons') && { reasons: countsIn(at.object('reasons')) }),
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new PartMetadataError(`${PART_METADATA.sources} is no JSON`, { cause });
  }
}
