import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openQueue, openReprocessQueue } from '../../cli/open.ts';
import { objectCreatedBody } from '../../consumer/object-created.ts';
import { certificateText, type Certificate } from '../../schemas/certificate.ts';
import { areaPrefix, certificateKey } from '../../schemas/layout.ts';
import { ownEvent } from '../../schemas/own-event.ts';
import { localStore } from '../../storage/local-store.ts';
import { dksIdentities } from '../helpers/dks-client.ts';
import { dksServer, type DksServer } from '../helpers/dks-server.ts';
import { sourceKey } from '../helpers/rows.ts';
import { toDoBody, toDoLines, wrappedKeyOf } from '../helpers/to-do-objects.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

const BAD = sourceKey('0-19');
const GOOD = sourceKey('20-39');

test('after a fix, a replay makes rows of lines whose key was refused, and the quarantine says so', async (t) => {
  const { folder, dks, cdi } = await refusedFolder(t);
  t.deepEqual(await cdi('quarantine', 'list'), [
    {
      collection: 'core:toDo',
      exportDate: '2026-07-03',
      reason: 'key-refused',
      lines: 20,
      replayed: 0,
      resolved: 0,
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
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, replayed: 20, resolved: 0 }]);

  dks.fault = () => undefined;
  t.like(await cdi('consume', '--reprocess', '--drain'), { lines: { rows: 20, quarantined: 0 } });
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, replayed: 20, resolved: 20 }]);
  t.is(await recordsNow(cdi), 40);
  t.like(await cdi('quarantine', 'replay', '--all'), { lines: 0, objects: [], sent: 0 });

  t.deepEqual(await linesOf(folder), [40, 40, 0, 0]);
});

test('what is refused again stays replayed and can be replayed again; the certificate adds up', async (t) => {
  const { folder, cdi } = await refusedFolder(t);
  await cdi('quarantine', 'replay', '--source', BAD);
  t.like(await cdi('consume', '--reprocess', '--drain'), { lines: { rows: 0, quarantined: 20 } });
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, replayed: 20, resolved: 0 }]);
  t.like(await cdi('quarantine', 'replay', '--all'), { lines: 20, sent: 1 });
  await cdi('compact', '--all');
  t.deepEqual(await linesOf(folder), [40, 20, 0, 20]);
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
    const queue = openReprocessQueue(folder);
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
    { reason: 'decrypt-mismatch', lines: 20, replayed: 20, resolved: 0 },
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
  t.like(await cdi('quarantine', 'list'), [{ lines: 20, replayed: 20, resolved: 20 }]);
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
  const queue = openReprocessQueue(folder);
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

const refuseBad: DksServer['fault'] = ({ wrappedKey }) =>
  wrappedKey === wrappedKeyOf(BAD) ? { status: 400 } : undefined;

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
  const corporate = localStore(join(folder, 'corporate'));
  for (const key of [BAD, GOOD]) await corporate.put(key, toDoBody(key));
  const queue = openQueue(folder);
  await queue.send([objectCreatedBody([{ key: BAD }, { key: GOOD }])]);
  await queue.close();

  const { authority, server, client } = dksIdentities;
  const identity = await temporaryFolder(t);
  const pem = async (name: string, content: string) => {
    await writeFile(join(identity, name), content);
    return join(identity, name);
  };
  const dks = await dksServer(server, authority.certificate);
  t.teardown(() => dks.stop());
  dks.fault = refuseBad;
  const settings = {
    CDI_WORKERS: '1',
    CDI_KEY_SERVICE: 'dks',
    CDI_DKS_URL: dks.url,
    CDI_DKS_CERTIFICATE_FILE: await pem('certificate.pem', client.certificate),
    CDI_DKS_PRIVATE_KEY_FILE: await pem('key.pem', client.key),
    CDI_DKS_CA_FILE: await pem('ca.pem', authority.certificate),
  };
  const text = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCdi([...words, '--local', folder], { settings });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  const cdi: Cdi = async (...words) => JSON.parse(await text(...words, '--json')) as object;
  await cdi('consume', '--drain');
  return { folder, dks, cdi, text };
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

async function waiting(folder: string): Promise<number> {
  const queue = openReprocessQueue(folder);
  const { visible } = await queue.depth();
  await queue.close();
  return visible;
}
