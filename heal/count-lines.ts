import { gunzip } from '../consumer/gunzip.ts';
import type { ObjectStore } from '../storage/store.ts';

/** Counts the lines of an object as a stream, without decrypting any; undefined when it is gone or no whole gzip. */
export async function countLines(store: ObjectStore, key: string): Promise<number | undefined> {
  const found = await store.get(key);
  if (found.kind !== 'found') return undefined;
  await using body = found.body;
  const chunks = gunzip(body, found.info.size);
  let lines = 0;
  let last = LINE_FEED;
  for (;;) {
    const next = await chunks.next();
    if (next.done) return next.value === undefined ? lines + (last === LINE_FEED ? 0 : 1) : undefined;
    const bytes = next.value;
    for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) lines += 1;
    last = bytes.at(-1) ?? last;
  }
}

const LINE_FEED = 0x0a;
