import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { dksIdentities } from '../helpers/dks-client.ts';
import { dksServer, type DksServer } from '../helpers/dks-server.ts';
import { until } from '../helpers/until.ts';
import { folderToDrain } from './folder-to-drain.ts';
import { mainFile, runCdi, temporaryFolder } from './run-cdi.ts';

/** A DKS, and the settings of a consumer that trusts it. */
async function startDks(t: ExecutionContext): Promise<{ dks: DksServer; settings: Record<string, string> }> {
  const { authority, server, client } = dksIdentities;
  const folder = await temporaryFolder(t);
  const pem = async (name: string, content: string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  const dks = await dksServer(server, authority.certificate);
  t.teardown(() => dks.stop());
  const settings = {
    CDI_KEY_SERVICE: 'dks',
    CDI_DKS_URL: dks.url,
    CDI_DKS_CERTIFICATE: await pem('certificate.pem', client.certificate),
    CDI_DKS_PRIVATE_KEY: await pem('key.pem', client.key),
    CDI_DKS_CA: await pem('ca.pem', authority.certificate),
  };
  return { dks, settings };
}

test('data keys come from the key service that the settings name', async (t) => {
  const { dks, settings } = await startDks(t);
  const folder = await folderToDrain(t);
  const { code, stdout } = await runCdi(['consume', '--local', folder, '--drain', '--json'], { settings });
  t.is(code, 0);
  t.like(JSON.parse(stdout), { lines: { rows: 200, quarantined: 0 }, deadLetters: 0 });
  t.true(dks.decrypts.length > 0);
});

test('R-OUTAGE: a drain waits for a key service that is out, says so, and ends by itself when it is back', async (t) => {
  const { dks, settings } = await startDks(t);
  const folder = await folderToDrain(t);
  let backAtMs: number | undefined;
  dks.isHealthy = false;
  dks.fault = () => {
    backAtMs ??= Date.now() + 4_000;
    return Date.now() < backAtMs ? { status: 503 } : undefined;
  };
  const { code, stdout, stderr } = await runCdi(['consume', '--local', folder, '--drain', '--json'], {
    settings,
  });
  t.is(code, 0);
  t.like(JSON.parse(stdout), { lines: { rows: 200, quarantined: 0 }, deadLetters: 0 });
  t.regex(stderr, /KeyService:Out.*KeyService:Back/s);
});

interface StatusNow {
  readonly queue: Readonly<Record<string, unknown>>;
  readonly paused: readonly Readonly<Record<string, unknown>>[];
  readonly quarantine: readonly unknown[];
}

async function statusOf(folder: string): Promise<StatusNow> {
  return JSON.parse((await runCdi(['status', '--local', folder, '--json'])).stdout) as StatusNow;
}

test('R-OUTAGE: a key service that goes out in the middle of a run pauses it, and status says so until it goes on', async (t) => {
  const { dks, settings } = await startDks(t);
  const folder = await folderToDrain(t);
  let answered = 0;
  let isOut = false;
  dks.fault = () => {
    isOut ||= answered === 2;
    if (!isOut) answered += 1;
    return isOut ? { status: 503 } : undefined;
  };
  const run = runCdi(['consume', '--local', folder, '--drain', '--json'], {
    settings: { ...settings, CDI_WORKERS: '1', CDI_FLUSH_AGE_MS: '50' },
  });
  // The first answers of the service are those it gives now, and no others.
  dks.isHealthy = false;
  await until(async () => (await statusOf(folder)).paused.length > 0);
  const during = await statusOf(folder);
  t.like(during.queue, { visible: 0, inFlight: 1, dead: 0 });
  t.deepEqual(during.quarantine, []);
  t.like(during.paused[0], { host: hostname(), reason: 'key service out: DKS: status 503', isGone: false });
  const { stdout: text } = await runCdi(['status', '--local', folder]);
  t.regex(text, /^PAUSED: the consumer at .+, process \d+, since .+Z, key service out: DKS: status 503 \(/);

  dks.fault = () => undefined;
  dks.isHealthy = true;
  const { code, stdout, stderr } = await run;
  t.is(code, 0);
  t.is(answered, 2);
  t.like(JSON.parse(stdout), {
    lines: { rows: 200, quarantined: 0 },
    messages: { ingested: 1, released: 0 },
    deadLetters: 0,
    keys: { outages: 1 },
  });
  t.regex(stderr, /KeyService:Out.*"reason":"DKS: status 503".*KeyService:Back/s);
  t.deepEqual((await statusOf(folder)).paused, []);
});

test('status tells the note of a consumer that was killed while it was paused from one that waits', async (t) => {
  const { dks, settings } = await startDks(t);
  const folder = await folderToDrain(t);
  dks.isHealthy = false;
  dks.fault = () => ({ status: 503 });
  const killed = spawn(process.execPath, [mainFile, 'consume', '--local', folder, '--drain'], {
    stdio: 'ignore',
    env: { ...process.env, ...settings },
  });
  t.teardown(() => killed.kill('SIGKILL'));
  await until(async () => (await statusOf(folder)).paused.length > 0);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  t.like((await statusOf(folder)).paused, [{ pid: killed.pid, isGone: true }]);
  const { stdout } = await runCdi(['status', '--local', folder]);
  t.regex(stdout, /^gone: the consumer at .+, process \d+, was paused since/);
});

const refuses = test.macro({
  async exec(t, caFile: (folder: string, settings: Record<string, string>) => string | undefined) {
    const { settings } = await startDks(t);
    const folder = await folderToDrain(t);
    const wrong = caFile(folder, settings) ?? '';
    const { code, stderr } = await runCdi(['consume', '--local', folder, '--drain'], {
      settings: { ...settings, CDI_DKS_CA: wrong },
    });
    t.not(code, 0);
    t.true(stderr.startsWith('cdi: ') && stderr.includes(wrong));
  },
  title: (what) => `${what} ends the command before it takes a message`,
});
test('an authority file that is not there', refuses, (folder) => join(folder, 'nowhere.pem'));
test('an authority file without a certificate', refuses, (_, settings) => settings['CDI_DKS_PRIVATE_KEY']);
