import { isGeneration } from '../schemas/own-event.ts';

/** What the body of a queue message announces. */
export type Notification =
  | {
      readonly kind: 'objects';
      readonly objects: readonly AnnouncedObject[];
      /** Records of events that create nothing, such as removals. */
      readonly ignored: readonly IgnoredEvent[];
    }
  /** S3 sends one when notifications are configured. */
  | { readonly kind: 'test' }
  /** The reason holds nothing of the body. */
  | { readonly kind: 'unparseable'; readonly reason: string };

export interface AnnouncedObject {
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  readonly size?: number;
  /** Without quotes. */
  readonly eTag?: string;
  readonly versionId?: string;
  /** Orders the events of one key, as hexadecimal text of any length. */
  readonly sequencer?: string;
  /** Whether we sent the event ourselves: then a coalesced object is read as well. */
  readonly isOwn: boolean;
  /** Of the rows that it becomes: the start of a reprocess run in epoch ms; 0 for all that is not of such a run. */
  readonly generation: number;
  readonly source: 's3' | 'sns' | 'eventbridge';
}

export interface IgnoredEvent {
  readonly eventName: string;
  readonly key: string;
}

/**
 * Reads the notification in the body of a queue message: S3's own, EventBridge's, S3's test event, each also as the
 * `Message` of an SNS notification; and what we send ourselves, see `ownEvent`. One bad record makes the whole body unparseable: a message is settled as one.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function parseNotification(body: string): Notification {
  try {
    const event = parseJsonObject(body, 'body');
    if (event['Type'] === undefined) return parseEvent(event);
    if (event['Type'] !== 'Notification') throw new Unparseable('an SNS message of another type');
    const notification = parseEvent(parseJsonObject(textAt(event['Message'], 'Message'), 'Message'));
    if (notification.kind !== 'objects') return notification;
    return { ...notification, objects: notification.objects.map((object) => ({ ...object, source: 'sns' })) };
  } catch (error) {
    if (error instanceof Unparseable) return { kind: 'unparseable', reason: error.message };
    throw error;
  }
}

class Unparseable extends Error {}

type JsonObject = Readonly<Record<string, unknown>>;

function parseEvent(event: JsonObject): Notification {
  if (event['Event'] === 's3:TestEvent') return { kind: 'test' };
  if (event['detail-type'] !== undefined) return parseEventBridge(event);
  const records = event['Records'];
  if (!Array.isArray(records) || records.length === 0) throw new Unparseable('no records');

  const own = event['cdi'] === undefined ? NOT_OWN : { isOwn: true, generation: ownGeneration(event['cdi']) };
  const parsed = records.map((record, index) => parseRecord(record, index, own));
  return {
    kind: 'objects',
    objects: parsed.filter((record) => 'bucket' in record),
    ignored: parsed.filter((record) => 'eventName' in record),
  };
}

const NOT_OWN = { isOwn: false, generation: 0 };

/** Of what `ownEvent` puts beside the records. */
function ownGeneration(cdi: unknown): number {
  const { generation } = objectAt(cdi, 'cdi');
  if (!isGeneration(generation)) throw new Unparseable('cdi.generation is no generation');
  return generation;
}

function parseRecord(
  value: unknown,
  index: number,
  own: Pick<AnnouncedObject, 'isOwn' | 'generation'>,
): AnnouncedObject | IgnoredEvent {
  const place = `Records[${index}]`;
  const record = objectAt(value, place);
  if (!/^2\.\d+$/.test(textAt(record['eventVersion'], `${place}.eventVersion`))) {
    throw new Unparseable(`${place}.eventVersion is not 2.x`);
  }
  const eventName = textAt(record['eventName'], `${place}.eventName`);
  const s3 = objectAt(record['s3'], `${place}.s3`);
  const s3Object = objectAt(s3['object'], `${place}.s3.object`);
  const key = decodeKey(textAt(s3Object['key'], `${place}.s3.object.key`), `${place}.s3.object.key`);
  // Other stores that speak S3 keep the prefix of the configuration's event types.
  if (!/^(s3:)?ObjectCreated:/.test(eventName)) return { eventName, key };

  return {
    bucket: textAt(objectAt(s3['bucket'], `${place}.s3.bucket`)['name'], `${place}.s3.bucket.name`),
    key,
    ...optionalMembers(s3Object, { eTag: 'eTag', versionId: 'versionId' }, `${place}.s3.object`),
    ...own,
    source: 's3',
  };
}

function parseEventBridge(event: JsonObject): Notification {
  const eventName = textAt(event['detail-type'], 'detail-type');
  if (event['source'] !== 'aws.s3') throw new Unparseable('an EventBridge event of another source');
  const detail = objectAt(event['detail'], 'detail');
  const s3Object = objectAt(detail['object'], 'detail.object');
  const key = wellFormed(textAt(s3Object['key'], 'detail.object.key'), 'detail.object.key');
  if (eventName !== 'Object Created') return { kind: 'objects', objects: [], ignored: [{ eventName, key }] };

  const created: AnnouncedObject = {
    bucket: textAt(objectAt(detail['bucket'], 'detail.bucket')['name'], 'detail.bucket.name'),
    key,
    ...optionalMembers(s3Object, { eTag: 'etag', versionId: 'version-id' }, 'detail.object'),
    ...NOT_OWN,
    source: 'eventbridge',
  };
  return { kind: 'objects', objects: [created], ignored: [] };
}

/** The members an object may lack; the two forms of event differ in two names. */
function optionalMembers(
  s3Object: JsonObject,
  names: { readonly eTag: string; readonly versionId: string },
  place: string,
): Pick<AnnouncedObject, 'size' | 'eTag' | 'versionId' | 'sequencer'> {
  const size = optionalNumberAt(s3Object['size'], `${place}.size`);
  const eTag = optionalTextAt(s3Object[names.eTag], `${place}.${names.eTag}`)?.replaceAll('"', '');
  const versionId = optionalTextAt(s3Object[names.versionId], `${place}.${names.versionId}`);
  const sequencer = optionalTextAt(s3Object['sequencer'], `${place}.sequencer`);
  return {
    ...(size !== undefined && { size }),
    ...(eTag && { eTag }),
    ...(versionId && { versionId }),
    ...(sequencer && { sequencer }),
  };
}

/** S3 form-encodes the keys in its own events: `+` is a space, `%XX` a byte of UTF-8. */
function decodeKey(encoded: string, place: string): string {
  try {
    return wellFormed(decodeURIComponent(encoded.replaceAll('+', ' ')), place);
  } catch (error) {
    if (error instanceof URIError) throw new Unparseable(`${place} is not form-encoded UTF-8`);
    throw error;
  }
}

function wellFormed(key: string, place: string): string {
  if (!key.isWellFormed()) throw new Unparseable(`${place} is not Unicode`);
  return key;
}

function parseJsonObject(json: string, place: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's own message quotes the text.
    throw new Unparseable(`${place} is not JSON`);
  }
  return objectAt(value, place);
}

function objectAt(value: unknown, place: string): JsonObject {
  if (!isObject(value)) throw new Unparseable(`${place} is not an object`);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textAt(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '') throw new Unparseable(`${place} is not a text`);
  return value;
}

function optionalTextAt(value: unknown, place: string): string | undefined {
  return value === undefined || value === null || value === '' ? undefined : textAt(value, place);
}

function optionalNumberAt(value: unknown, place: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new Unparseable(`${place} is not a whole number`);
  }
  return value;
}
