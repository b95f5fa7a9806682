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
  const sources = parseJson(json);
  if (!Array.isArray(sources)) throw new PartMetadataError(`${PART_METADATA.sources} is no list`);
  return sources.map((source: unknown, index) => {
    const at = membersOf(source, `${PART_METADATA.sources}[${index}]`);
    return {
      key: at.text('key'),
      eTag: at.text('eTag'),
      ...(at.has('versionId') && { versionId: at.text('versionId') }),
      rows: at.count('rows'),
      firstLine: at.count('firstLine'),
      lastLine: at.count('lastLine'),
      ...(at.has('object') && { object: parseSummary(at.value('object'), `${at.place}.object`) }),
    };
  });
}

function parseSummary(value: unknown, place: string): ObjectSummary {
  const at = membersOf(value, place);
  return {
    lines: at.count('lines'),
    rows: at.count('rows'),
    quarantined: at.count('quarantined'),
    blank: at.count('blank'),
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new PartMetadataError(`${PART_METADATA.sources} is no JSON`, { cause });
  }
}

function membersOf(object: unknown, place: string) {
  if (typeof object !== 'object' || object === null) throw new PartMetadataError(`${place} is no object`);
  const members = object as Readonly<Record<string, unknown>>;
  return {
    place,
    has: (name: string) => Object.hasOwn(members, name),
    value: (name: string) => members[name],
    text(name: string): string {
      const value = members[name];
      if (typeof value !== 'string') throw new PartMetadataError(`${place}.${name} is no text`);
      return value;
    },
    count(name: string): number {
      const value = members[name];
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      throw new PartMetadataError(`${place}.${name} is no count`);
    },
  };
}
