import { formEncoded } from '../schemas/form-encoded.ts';

/** An object as whoever announces it knows it; what is not known is left out. */
export interface CreatedObject {
  readonly key: string;
  readonly size?: number;
  /** Pins the version that is to be read; without it the reader takes what is there. */
  readonly eTag?: string;
  readonly versionId?: string;
}

/**
 * The body of a queue message that announces objects of the corporate bucket as S3 would.
 *
 * @param objects - at least one, see {@link messageGroups}.
 */
export function objectCreatedBody(objects: readonly CreatedObject[]): string {
  return JSON.stringify({
    Records: objects.map(({ key, size, eTag, versionId }) => ({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'corporate' }, object: { key: formEncoded(key), size, eTag, versionId } },
    })),
  });
}

/**
 * Cuts a list into those that share a message, in order. A message is settled as one, so objects that cost much to read
 * again don't share it with many others; and its body stays below 256 KiB with the longest keys there are.
 */
export function messageGroups<Created extends CreatedObject>(objects: readonly Created[]): Created[][] {
  const groups: Created[][] = [];
  let group: Created[] = [];
  let bytes = 0;
  for (const object of objects) {
    const size = object.size ?? 0;
    if (group.length === 0 || group.length === MOST_OBJECTS || bytes + size > MOST_SOURCE_BYTES) {
      groups.push((group = []));
      bytes = 0;
    }
    group.push(object);
    bytes += size;
  }
  return groups;
}

const MOST_OBJECTS = 50;
const MOST_SOURCE_BYTES = 32 << 20;
