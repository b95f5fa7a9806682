import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

test('bodies go into the queue as they are, without blank lines', async (t) => {
  const folder = await temporaryFolder(t);
  const events = join(folder, 'events #1.jsonl');
  const bodies = ['{"a": "é 🙂"}', ' not json ', '{}'];
  await writeFile(events, `${bodies[0]}\n\n${bodies[1]}\r\n   \n${bodies[2]}`);

  const { code, stdout, stderr } = await runCdi(['notify', '--local', folder, '--events', events, '--json']);
  t.is(stderr, '');
  t.is(code, 0);
  t.deepEqual(JSON.parse(stdout), { sent: 3, blank: 2, refused: [] });

  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  t.teardown(() => queue.close());
  const messages = await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 1_000 });
  t.deepEqual(messages.map(({ body }) => body).toSorted(), bodies.toSorted());
});

test('lines end at line feeds only, and a bad one is reported with its number', async (t) => {
  const folder = await temporaryFolder(t);
  const events = join(folder, 'events.jsonl');
  const bodies = ['{"a":"one\u2028two\u2029three\rfour\u0085five"}', '{"last":true}'];
  await writeFile(
    events,
    Buffer.concat([
      Buffer.from(`\uFEFF${bodies[0]}\r\n\n`),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      Buffer.from(`${'x'.repeat(2_000_000)}\n${bodies[1]}`),
    ]),
  );

  const { code, stdout, stderr } = await runCdi(['notify', '--local', folder, '--events', events, '--json']);
  t.is(code, 1);
  t.deepEqual(JSON.parse(stdout), {
    sent: 2,
    blank: 1,
    refused: [
      { line: 3, reason: 'not UTF-8' },
      { line: 4, reason: 'longer than 1,048,576 bytes' },
    ],
  });
  t.true(stderr.includes(`${events}, line 3: not sent: not UTF-8\n`));
  t.regex(stderr, /\ncdi: 2 notifications not sent\n$/);

  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  t.teardown(() => queue.close());
  const messages = await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 1_000 });
  t.deepEqual(messages.map(({ body }) => body).toSorted(), bodies.toSorted());
});

test('bodies come from standard input too', async (t) => {
  const folder = await temporaryFolder(t);
  const { stdout } = await runCdi(['notify', '--local', folder, '--events', '-', '--json'], {
    stdin: '{}\n{}\n',
  });
  t.like(JSON.parse(stdout), { sent: 2 });
});

test('R-QSIZE: a body over the limit is reported with its line, the others are sent', async (t) => {
  const folder = await temporaryFolder(t);
  const stdin = `{}\n\n${'x'.repeat(300_000)}\n{}\n`;
  const { code, stdout, stderr } = await runCdi(['notify', '--local', folder, '--events', '-', '--json'], {
    stdin,
  });
  t.is(code, 1);
  t.like(JSON.parse(stdout), { sent: 2, blank: 1, refused: [{ line: 3 }] });
  t.regex(stderr, /^-, line 3: not sent: .*limit/);
});

test('a file of events that is not there is wrong usage', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await runCdi(['notify', '--local', folder, '--events', join(folder, 'none')]);
  t.is(code, 2);
  t.regex(stderr, /^cdi: .*--events.*There is no such file\.[^\n]*\n$/);
});
