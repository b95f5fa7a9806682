import type { Queue } from '../consumer/queue.ts';
import type { DayOfCollection } from '../schemas/layout.ts';
import { ownEvent } from '../schemas/own-event.ts';
import { recordReplay } from '../storage/quarantine-replays.ts';
import type { QuarantinedRecord } from '../storage/quarantined-records.ts';
import type { ObjectStore } from '../storage/store.ts';

export interface SentReplay {
  /** Source objects that are in the queue. */
  readonly sent: number;
  /** Those that the queue did not take; their lines stay as they were. */
  readonly refused: readonly { readonly object: string; readonly reason: string }[];
}

/**
 * Sends the source objects of quarantined lines to be read again, each once, and marks what was sent.
 *
 * It sends before it marks: who is killed in between has sent what is not marked, and a rerun sends it once more, which
 * only makes the same rows in a newer generation. Marked first, objects that nobody has sent would pass for replayed.
 * The events pin no version: what is read is the object as it is now, which may be what was fixed.
 *
 * @param records lines without a source object are passed over
 */
export async function sendReplay(
  { published, queue }: { readonly published: ObjectStore; readonly queue: Pick<Queue, 'send'> },
  records: readonly QuarantinedRecord[],
  generation: number,
  onSent: (objects: number) => void = () => {},
): Promise<SentReplay> {
  const sent = new Set<string>();
  const refused = new Map<string, string>();
  for (const { day, objects } of objectsByDay(records)) {
    for (let at = 0; at < objects.length; at += OBJECTS_PER_SEND) {
      const batch = objects.slice(at, at + OBJECTS_PER_SEND);
      // An object with lines of several collections is sent once, and marked in each.
      const fresh = batch.filter((key) => !sent.has(key) && !refused.has(key));
      const results = await queue.send(fresh.map((key) => ownEvent({ key, generation })));
      for (const [index, object] of fresh.entries()) {
        const result = results[index];
        if (result?.kind === 'sent') sent.add(object);
        else refused.set(object, result?.reason ?? 'the queue did not answer');
      }
      const marked = batch.filter((key) => sent.has(key));
      if (marked.length > 0) await recordReplay(published, day, { generation, objects: marked });
      onSent(sent.size);
    }
  }
  return { sent: sent.size, refused: [...refused].map(([object, reason]) => ({ object, reason })) };
}

const OBJECTS_PER_SEND = 100;

function objectsByDay(
  records: readonly QuarantinedRecord[],
): Iterable<{ readonly day: DayOfCollection; readonly objects: readonly string[] }> {
  const days = Map.groupBy(records, ({ db, collection, exportDate }) =>
    JSON.stringify([db, collection, exportDate]),
  );
  return [...days.values()].flatMap((ofDay) => {
    const objects = [...new Set(ofDay.flatMap(({ sourceObject }) => sourceObject ?? []))];
    return ofDay.slice(0, 1).map((day) => ({ day, objects }));
  });
}
