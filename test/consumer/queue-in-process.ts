import { setTimeout as delay } from 'node:timers/promises';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';

/**
 * A process beside the test: `send FILE COUNT` (writes a line before it opens the file), `drain FILE` (writes the id of
 * each message it had), or `hold FILE VISIBILITY_MS` (takes ten, writes the time at which it took them, and keeps them
 * until killed).
 */
const [mode, file = '', parameter] = process.argv.slice(2);
if (mode === 'send') process.stdout.write('opening\n');
const queue = sqliteQueue(file);
switch (mode) {
  case 'send':
    for (let sent = 0; sent < Number(parameter); sent++) await queue.send([`${process.pid}: ${sent}`]);
    break;
  case 'drain':
    for (;;) {
      const messages = await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 60_000 });
      if (messages.length === 0) break;
      process.stdout.write(messages.map(({ id }) => `${id}\n`).join(''));
      await delay(1);
      await queue.delete(messages.map(({ receiptHandle }) => receiptHandle));
    }
    break;
  case 'hold': {
    const receivedAtMs = Date.now();
    await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: Number(parameter) });
    process.stdout.write(`${receivedAtMs}\n`);
    await delay(60_000);
    break;
  }
  default:
    throw new Error(`unknown mode ${String(mode)}`);
}
await queue.close();
