import { findCovering } from '../consumer/covering.ts';
import { parseNotification, type AnnouncedObject } from '../consumer/notification.ts';
import { parseSourceObject } from '../schemas/source-object.ts';
import type { ObjectStore } from '../storage/store.ts';

/**
 * Why a message may have become a dead letter, as far as its body and the bucket tell now.
 *
 * - `unparseable`: the body is no notification.
 * - `nothing-to-read`: it announces no object that is ever read.
 * - `missing`: an object is not there, and none that covers it.
 * - `other`: all objects are there now; reading or writing failed, or consumers ended again and again.
 */
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

export const DEAD_LETTER_REASONS = ['unparseable', 'nothing-to-read', 'missing', 'other'] as const;

/** Tells the reason, and the keys that the body announces. */
export async function deadLetterReason(
  corporate: ObjectStore,
  body: string,
): Promise<{ readonly reason: DeadLetterReason; readonly detail: string; readonly keys: readonly string[] }> {
  const notification = parseNotification(body);
  if (notification.kind === 'unparseable') {
    return { reason: 'unparseable', detail: notification.reason, keys: [] };
  }
  const announced = notification.kind === 'test' ? [] : notification.objects;
  const keys = announced.map(({ key }) => key);
  const readable = announced.filter(isRead);
  if (readable.length === 0) return { reason: 'nothing-to-read', detail: '', keys };
  for (const { key } of readable) {
    if (!(await isThere(corporate, key))) return { reason: 'missing', detail: key, keys };
  }
  return { reason: 'other', detail: '', keys };
}

/** What we announce ourselves is read though it is coalesced. */
function isRead({ key, isOwn }: AnnouncedObject): boolean {
  const { kind } = parseSourceObject(key);
  return kind === 'original' || (kind === 'coalesced' && isOwn);
}

async function isThere(corporate: ObjectStore, key: string): Promise<boolean> {
  if ((await corporate.head(key)) !== undefined) return true;
  const object = parseSourceObject(key);
  return object.kind !== 'other' && (await findCovering(corporate, object)) !== undefined;
}
