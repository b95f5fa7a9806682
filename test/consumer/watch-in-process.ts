import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { watchFolder } from '../../consumer/watch-folder.ts';

/** Run as `watch-in-process.ts FOLDER STATE_FILE QUEUE_FILE`: watches until its input ends. */
const [folder = '', stateFile = '', queueFile = ''] = process.argv.slice(2);
const ended = new AbortController();
process.stdin.on('end', () => ended.abort()).resume();
const queue = sqliteQueue(queueFile);
await watchFolder({
  folder,
  stateFile,
  queue,
  everyMs: 10,
  log: (event, facts) => process.stdout.write(`${event} ${JSON.stringify(facts)}\n`),
  signal: ended.signal,
});
await queue.close();
