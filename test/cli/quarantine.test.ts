import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openQueue, openReprocessQueue } from '../../cli/open.ts';
import { sendReplay } from '../../cli/send-replay.ts';
import { parseNotification } from '../../consumer/notification.ts';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import { certificateText, type Certificate } from '../../schemas/certificate.ts';
import { areaPrefix, certificateKey, publishedKey } from '../../schemas/layout.ts';
import { ownEvent } from '../../schemas/own-event.ts';
import { localStore } from '../../storage/local-store.ts';
import { readReplays } from '../../storage/quarantine-replays.ts';
import { quarantinedRecords } from '../../storage/quarantined-records.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { dksIdentities } from '../helpers/dks-client.ts';
import { dksServer, type DksServer } from '../helpers/dks-server.ts';
import { sourceKey } from '../helpers/rows.ts';
import { toDoBody, toDoLines, wrappedKeyOf } from '../helpers/to-do-objects.ts';
import { until } from '../helpers/until.ts';
import { mainFile, runCdi, temporaryFolder } from './run-cdi.ts';

const BAD = sourceKey('0-19');
const GOOD = sourceKey('20-39');

const refuseBad: DksServer['fault'] = ({ wrappedKey }) =>
  wrappedKey === wrappedKeyOf(BAD) ? { status: 400 } : undefined;

/** What `refusedFolder` holds, ingested once; every test has a copy of its own. */
const ingested = ingestOnce();

test.after.always(async () => rm(await ingested, { recursive: true, force: true }));

test('after a fix, a replay makes rows of lines whose key was refused, and the quarantine says so', async (t) => {
  const { folder, dks, cdi } = await refusedFolder(t);
  t.deepEqual(await cdi('quarantine', 'list'), [
    {
      collection: 'core:toDo',
      exportDate: '2026-07-03',
      reason: 'key-refused',
      lines: 20,
      open: 20,
      replayed: 0,
      resolved: 0,
      attempts: 0,
    },
  ]);
  t.is(await recordsNow(cdi), 20);

  t.like(await cdi('quarantine', 'replay', '--reason', 'key-refused', '--dry-run'), {
    objects: [BAD],
    sent: 0,
  });
  t.is(await waiting(folder), 0);
  t.like(await cdi('quarantine', 'list'), [{ replayed: 0 }]);
  t.like(await cdi('quarantine', 'replay', '--reason', 'key-refused'), {
    lines: 20,
    objects: [BAD],
    sent: 1,
  });
  t.is(await waiting(folder), 1);
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, open: 0, replayed: 20, resolved: 0, attempts: 1 }]);
  t.like(await cdi('quarantine', 'replay', '--all'), { lines: 0, sent: 0, waiting: 20 });
  t.is(await waiting(folder), 1);

  dks.fault = () => undefined;
  t.like(await cdi('consume', '--reprocess', '--drain'), { lines: { rows: 20, quarantined: 0 } });
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, open: 0, replayed: 0, resolved: 20, attempts: 1 }]);
  t.is(await recordsNow(cdi), 40);
  t.like(await cdi('quarantine', 'replay', '--all'), { lines: 0, objects: [], sent: 0 });

  t.deepEqual(await linesOf(folder), [40, 40, 0, 0]);
});

test('what is refused again is open again, with how often it was tried; the certificate adds up', async (t) => {
  const { folder, cdi } = await refusedFolder(t);
  for (const attempts of [1, 2]) {
    t.like(await cdi('quarantine', 'replay', '--all'), { lines: 20, sent: 1 });
    t.like(await cdi('quarantine', 'list'), [{ open: 0, replayed: 20, attempts }]);
    t.like(await cdi('consume', '--reprocess', '--drain'), { lines: { rows: 0, quarantined: 20 } });
    t.like(await cdi('quarantine', 'list'), [{ lines: 20, open: 20, replayed: 0, resolved: 0, attempts }]);
  }
  t.like(await cdi('status'), { quarantine: [{ entries: 60 }] });
  await cdi('compact', '--all');
  t.deepEqual(await linesOf(folder), [40, 20, 0, 20]);
});

test('what was sent and is nowhere any more is sent again on demand, and marks are no rows', async (t) => {
  const { folder, cdi } = await refusedFolder(t);
  await cdi('compact', '--all');
  const before = await cdi('head', 'quarantine', '--limit', '100');
  t.is((before as unknown[]).length, 20);
  await cdi('quarantine', 'replay', '--all');
  await rm(join(folder, 'state', 'reprocess-queue.sqlite'));
  t.like(await cdi('quarantine', 'replay', '--all'), { sent: 0, waiting: 20 });
  t.like(await cdi('quarantine', 'replay', '--all', '--again'), { sent: 1, waiting: 0 });
  t.is(await waiting(folder), 1);
  await cdi('compact', '--all');
  t.deepEqual(await cdi('head', 'quarantine', '--limit', '100'), before);
});

test('who is killed between sending and marking loses nothing: it is sent once more', async (t) => {
  const { folder, dks, cdi } = await refusedFolder(t);
  const published = localStore(join(folder, 'published'));
  const killed = new Error('killed');
  const queue = await openReprocessQueue(folder);
  const records = await quarantinedRecords(published, undefined);
  const stops = { ...published, put: () => Promise.reject(killed) };
  t.is(await t.throwsAsync(sendReplay({ published: stops, queue }, records, 1_783_000_000_000)), killed);
  await queue.close();
  t.is(await waiting(folder), 1);
  t.like(await cdi('quarantine', 'list'), [{ open: 20, replayed: 0, attempts: 0 }]);

  t.like(await cdi('quarantine', 'replay', '--all'), { sent: 1 });
  t.is(await waiting(folder), 2);
  dks.fault = () => undefined;
  await cdi('consume', '--reprocess', '--drain');
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, open: 0, replayed: 0, resolved: 20 }]);
  t.is(await recordsNow(cdi), 40);
  t.deepEqual(await linesOf(folder), [40, 40, 0, 0]);
});

test('killed at any moment, what is marked was sent, and what was sent and marked is not sent again', async (t) => {
  t.timeout(120_000);
  const folder = await temporaryFolder(t);
  const published = localStore(join(folder, 'published'));
  const objects = Array.from({ length: 1_000 }, (_, index) => sourceKey(`${index}-${index}`));
  await putEntries(published, objects);
  const words = ['quarantine', 'replay', '--all', '--local', folder];
  for (let kill = 0; kill < 5; kill++) {
    const depth = await waiting(folder);
    const child = spawn(process.execPath, [mainFile, ...words], { stdio: 'ignore' });
    const ended = once(child, 'close');
    await until(async () => (await waiting(folder)) > depth || child.exitCode !== null);
    child.kill('SIGKILL');
    await ended;
    const marked = await readReplays(published, DAY);
    t.true(marked.size <= (await waiting(folder)));
  }
  t.is((await runCdi(words)).code, 0);
  const sends = await sentKeys(folder);
  const marked = await readReplays(published, DAY);
  t.deepEqual([...new Set(sends)].toSorted(), objects.toSorted());
  t.deepEqual([...marked.keys()].toSorted(), objects.toSorted());
  // Of each kill one batch at most was sent and not marked.
  t.true(sends.length <= 1_000 + 5 * 100, `${sends.length} were sent`);
  t.true([...marked.values()].every((generations) => generations.length === 1));
});

test('what the queue does not take stays open, and the command says how many and fails', async (t) => {
  const folder = await temporaryFolder(t);
  const tooLong = sourceKey(`0-9${'9'.repeat(300_000)}`);
  await putEntries(localStore(join(folder, 'published')), [BAD, tooLong, GOOD]);
  const words = ['--local', folder, '--json'];
  const { code, stdout, stderr } = await runCdi(['quarantine', 'replay', '--all', ...words]);
  t.is(code, 1);
  t.regex(stderr, /^cdi: 1 source object not sent: /m);
  t.like(JSON.parse(stdout), { lines: 3, sent: 2, refused: [{ object: tooLong }] });
  t.is(await waiting(folder), 2);
  const listed = await runCdi(['quarantine', 'list', ...words]);
  t.like(JSON.parse(listed.stdout), [{ lines: 3, open: 1, replayed: 2, resolved: 0 }]);
});

test('a certificate has each line once, through reprocess runs that merge and that replace', async (t) => {
  const { folder, dks, cdi } = await refusedFolder(t);
  const reprocess = async (mode: string): Promise<void> => {
    const dates = ['--from', '2026-07-03', '--to', '2026-07-03'];
    const words = ['reprocess', 'run', ...dates, '--mode', mode, '--rate', '1000', '--yes'];
    await cdi(...words, '--no-wait');
    await cdi('consume', '--reprocess', '--drain');
    if (mode === 'replace') await cdi(...words);
  };
  t.is(await recordsNow(cdi), 20);
  t.deepEqual(await linesOf(folder), [40, 20, 0, 20]);
  await cdi('verify');

  dks.fault = () => undefined;
  await reprocess('merge');
  t.is(await recordsNow(cdi), 40);
  t.deepEqual(await linesOf(folder), [40, 40, 0, 0]);
  t.like((await certificate(folder)).merge, { rowsIn: 60, duplicates: 20, superseded: 0, rowsOut: 40 });
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, resolved: 20 }]);
  await cdi('verify');

  dks.fault = refuseBad;
  await reprocess('replace');
  t.is(await recordsNow(cdi), 20);
  t.deepEqual(await linesOf(folder), [40, 20, 0, 20]);
  const { quarantined, objects, merge } = await certificate(folder);
  t.deepEqual(quarantined.byReason, { 'key-refused': 20 });
  t.deepEqual(objects, { complete: 2, covered: 0, incomplete: 0 });
  t.like(merge, { rowsIn: 80, duplicates: 0, superseded: 60, rowsOut: 20 });
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, resolved: 0 }]);
  await cdi('verify');

  const published = localStore(join(folder, 'published'));
  const issued = await certificate(folder);
  const put = (changed: Certificate): Promise<unknown> =>
    published.put(certificateKey(issued), Buffer.from(certificateText(changed)));
  await put({ ...issued, lines: 60, rows: 40 });
  await t.throwsAsync(cdi('verify'), { message: /2 things are wrong/ });
  await put(issued);
  await cdi('verify');
  const files = await Array.fromAsync(published.list(areaPrefix('quarantine')), ({ key }) => key);
  await published.delete(files);
  await t.throwsAsync(cdi('verify'), { message: /1 thing is wrong/ });
});

test('lines of a coalesced object and of its originals count once, in the certificate and in the list', async (t) => {
  const { folder, dks, cdi } = await refusedFolder(t);
  const whole = sourceKey('0_39');
  const body = Buffer.concat([BAD, GOOD].map((key) => toDoBody(key)));
  await localStore(join(folder, 'corporate')).put(whole, body);
  const read = async (generation: number): Promise<void> => {
    const queue = await openReprocessQueue(folder);
    await queue.send([ownEvent({ key: whole, generation })]);
    await queue.close();
    await cdi('consume', '--reprocess', '--drain');
  };
  await read(0);
  t.is(await recordsNow(cdi), 20);
  t.deepEqual(await linesOf(folder), [40, 20, 0, 20]);
  t.deepEqual((await certificate(folder)).objects, { complete: 3, covered: 1, incomplete: 0 });
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, resolved: 0 }]);

  dks.fault = () => undefined;
  await read(1_783_000_000_000);
  t.is(await recordsNow(cdi), 40);
  t.deepEqual(await linesOf(folder), [40, 40, 0, 0]);
  t.deepEqual((await certificate(folder)).objects, { complete: 3, covered: 2, incomplete: 0 });
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, resolved: 20 }]);
  await cdi('verify');
});

test('a line that is quarantined again for another reason is told by that one, and is not resolved', async (t) => {
  const { folder, dks, cdi } = await refusedFolder(t);
  await cdi('quarantine', 'replay', '--all');
  const plaintextDataKey = Buffer.alloc(16).toString('base64');
  dks.fault = ({ keyId }) => ({
    body: JSON.stringify({ dataKeyDecryptionKeyId: keyId, plaintextDataKey, correlationId: 'NOT_SET' }),
  });
  await cdi('consume', '--reprocess', '--drain');
  t.like(await cdi('quarantine', 'list'), [
    { reason: 'decrypt-mismatch', lines: 20, open: 20, replayed: 0, resolved: 0, attempts: 1 },
  ]);
  await cdi('compact', '--all');
  t.deepEqual((await certificate(folder)).quarantined.byReason, { 'decrypt-mismatch': 20 });
});

test('a line is resolved by a coalesced object where its own is gone', async (t) => {
  const { folder, dks, cdi } = await refusedFolder(t);
  await localStore(join(folder, 'corporate')).put(
    sourceKey('0_39'),
    Buffer.concat([BAD, GOOD].map((key) => toDoBody(key))),
  );
  for (const key of [BAD, GOOD]) await rm(join(folder, 'corporate', key));
  dks.fault = () => undefined;
  await cdi('quarantine', 'replay', '--export-date', '2026-07-03');
  t.like(await cdi('consume', '--reprocess', '--drain'), { lines: { rows: 40 } });
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, replayed: 0, resolved: 20 }]);
});

test('show tells the place and the line as it was received', async (t) => {
  const { cdi, text } = await refusedFolder(t);
  const shown = await cdi('quarantine', 'show', '--source', BAD, '--line', '3');
  t.like(shown, [{ reason: 'key-refused', sourceObject: BAD, sourceLine: 3, state: 'open' }]);
  const [{ line }] = shown as [{ line: string }];
  t.regex(line, /"dbObject":/);
  t.true(
    (await text('quarantine', 'show', '--source', BAD, '--line', '3')).includes(
      `line 3 of ${BAD}\n  ${line}\n`,
    ),
  );
  t.is(((await cdi('quarantine', 'show', '--limit', '4')) as unknown[]).length, 4);
  t.deepEqual(await cdi('quarantine', 'show', '--reason', 'invalid-json'), []);
});

test('an explanation tells what became of a line in quarantine, and the command that comes next', async (t) => {
  const { dks, cdi, text } = await refusedFolder(t);
  const id = badId();
  const says = (): Promise<string> => text('explain', id);
  t.regex(
    await says(),
    /→ no row; when the cause is mended: cdi quarantine replay --source '.+' --local '.+'\n$/,
  );
  t.regex(await text('quarantine', 'replay', '--source', BAD), /; next: cdi consume --reprocess --drain\n$/);
  t.regex(
    await says(),
    /→ no row yet, sent to be read again: cdi consume --reprocess --drain --local '.+'\n$/,
  );
  const shown = ['quarantine', 'show', '--limit', '1'];
  t.regex(await text(...shown), /, 2026-07-03, replayed \d{4}-\d\d-\d\d [\d:.]+Z\n/);
  await cdi('consume', '--reprocess', '--drain');
  t.regex(await says(), /→ no row; when the cause is mended: /);

  dks.fault = () => undefined;
  await cdi('quarantine', 'replay', '--all');
  await cdi('consume', '--reprocess', '--drain');
  t.regex(
    await says(),
    /→ not compacted yet\n[^]*→ resolved: its object was read again since, and it is a row\n$/,
  );
  t.regex(await text(...shown), /, 2026-07-03, resolved, replayed [^,]+, replayed [^,]+Z\n/);
});

test('an explanation says which of two equal lines counts, where a coalesced object has it too', async (t) => {
  const { folder, text } = await refusedFolder(t);
  const whole = sourceKey('0_39');
  await localStore(join(folder, 'corporate')).put(
    whole,
    Buffer.concat([BAD, GOOD].map((key) => toDoBody(key))),
  );
  const queue = await openReprocessQueue(folder);
  await queue.send([ownEvent({ key: whole, generation: 0 })]);
  await queue.close();
  await text('consume', '--reprocess', '--drain');
  const id = badId();
  const ends = (await text('explain', id)).match(/→ .+/g) ?? [];
  t.is(ends.filter((end) => end.startsWith('→ no row; when')).length, 3);
  t.is(ends.filter((end) => end.endsWith('from an object that covers this one, which counts')).length, 3);
  t.is(ends.length, 6);
});

test('a replay needs a selection', async (t) => {
  const folder = await temporaryFolder(t);
  t.is((await runCdi(['quarantine', 'replay', '--local', folder])).code, 2);
});

type Cdi = (...words: string[]) => Promise<object>;

/** Of three of the lines that were refused. */
function badId(): string {
  const { message } = JSON.parse(toDoLines(BAD)[2] ?? '') as { message: Readonly<Record<string, unknown>> };
  return JSON.stringify(message['_id']);
}

interface RefusedFolder {
  readonly folder: string;
  readonly dks: DksServer;
  readonly cdi: Cdi;
  /** What a person sees. */
  readonly text: (...words: string[]) => Promise<string>;
}

/** A folder with two objects of twenty lines, of which the data key of one was refused. */
async function refusedFolder(t: ExecutionContext): Promise<RefusedFolder> {
  const folder = await temporaryFolder(t);
  await cp(await ingested, folder, { recursive: true });
  const dks = await refusingDks();
  t.teardown(() => dks.stop());
  const settings = dksSettings(dks, folder);
  const text = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCdi([...words, '--local', folder], { settings });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  const cdi: Cdi = async (...words) => JSON.parse(await text(...words, '--json')) as object;
  return { folder, dks, cdi, text };
}

async function ingestOnce(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cdi refused+#🙂 '));
  const corporate = localStore(join(folder, 'corporate'));
  for (const key of [BAD, GOOD]) await corporate.put(key, toDoBody(key));
  const queue = await openQueue(folder);
  await queue.send([objectCreatedBody([{ key: BAD }, { key: GOOD }])]);
  await queue.close();

  const { authority, client } = dksIdentities;
  const files = { certificate: client.certificate, key: client.key, ca: authority.certificate };
  for (const [name, pem] of Object.entries(files)) await writeFile(join(folder, `${name}.pem`), pem);
  const dks = await refusingDks();
  const words = ['consume', '--drain', '--local', folder];
  const { code, stderr } = await runCdi(words, { settings: dksSettings(dks, folder) });
  await dks.stop();
  if (code !== 0) throw new Error(stderr);
  return folder;
}

async function refusingDks(): Promise<DksServer> {
  const { authority, server } = dksIdentities;
  const dks = await dksServer(server, authority.certificate);
  dks.fault = refuseBad;
  return dks;
}

/** The client's files are in the folder. */
function dksSettings(dks: DksServer, folder: string): Record<string, string> {
  return {
    CDI_KEY_SERVICE: 'dks',
    CDI_DKS_URL: dks.url,
    CDI_DKS_CERTIFICATE: join(folder, 'certificate.pem'),
    CDI_DKS_PRIVATE_KEY: join(folder, 'key.pem'),
    CDI_DKS_CA: join(folder, 'ca.pem'),
  };
}

/** How many records compaction publishes. */
async function recordsNow(cdi: Cdi): Promise<number> {
  await cdi('compact', '--all');
  return ((await cdi('head', 'core_todo_changes', '--limit', '100')) as object[]).length;
}

async function certificate(folder: string): Promise<Certificate> {
  const day = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };
  return JSON.parse(await readFile(join(folder, 'published', certificateKey(day)), 'utf8')) as Certificate;
}

/** Lines of the certificate, and the rows, blank and quarantined lines among them. */
async function linesOf(folder: string): Promise<readonly number[]> {
  const { lines, rows, blank, quarantined } = await certificate(folder);
  return [lines, rows, blank, quarantined.total];
}

const DAY = { db: 'core', collection: 'toDo', exportDate: '2026-07-03' };

/** Quarantine of one line of each object. */
async function putEntries(published: ObjectStore, objects: readonly string[]): Promise<void> {
  const entries = objects.map((key) => ({
    reason: 'invalid-json',
    detail: '',
    source_object: key,
    source_line: 1,
    e_tag: 'e',
    generation: 0,
    line: key,
  }));
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  await published.put(publishedKey({ area: 'quarantine', ...DAY, name: 'one' }), Buffer.from(text));
}

/** Takes all that waits. */
async function sentKeys(folder: string): Promise<readonly string[]> {
  const queue = await openReprocessQueue(folder);
  const keys: string[] = [];
  for (;;) {
    const messages = await queue.receive({ max: 10, waitMs: 0, visibilityTimeoutMs: 60_000 });
    if (messages.length === 0) break;
    for (const { body } of messages) {
      const notification = parseNotification(body);
      if (notification.kind === 'objects') keys.push(...notification.objects.map(({ key }) => key));
    }
  }
  await queue.close();
  return keys;
}

async function waiting(folder: string): Promise<number> {
  const queue = await openReprocessQueue(folder);
  const { visible } = await queue.depth();
  await queue.close();
  return visible;
}
