import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { dksIdentities } from '../helpers/dks-client.ts';
import { dksServer, type DksServer } from '../helpers/dks-server.ts';
import { folderToDrain } from './folder-to-drain.ts';
import { runCdi, temporaryFolder } from './run-cdi.ts';

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
    CDI_DKS_CERTIFICATE_FILE: await pem('certificate.pem', client.certificate),
    CDI_DKS_PRIVATE_KEY_FILE: await pem('key.pem', client.key),
    CDI_DKS_CA_FILE: await pem('ca.pem', authority.certificate),
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

const refuses = test.macro({
  async exec(t, caFile: (folder: string, settings: Record<string, string>) => string | undefined) {
    const { settings } = await startDks(t);
    const folder = await folderToDrain(t);
    const wrong = caFile(folder, settings) ?? '';
    const { code, stderr } = await runCdi(['consume', '--local', folder, '--drain'], {
      settings: { ...settings, CDI_DKS_CA_FILE: wrong },
    });
    t.not(code, 0);
    t.true(stderr.startsWith('cdi: ') && stderr.includes(wrong));
  },
  title: (what) => `${what} ends the command before it takes a message`,
});
test('an authority file that is not there', refuses, (folder) => join(folder, 'nowhere.pem'));
test(
  'an authority file without a certificate',
  refuses,
  (_, settings) => settings['CDI_DKS_PRIVATE_KEY_FILE'],
);
