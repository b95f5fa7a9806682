import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { dksKeys } from '../../consumer/keys/dks-keys.ts';
import type { DksSettings } from '../../consumer/keys/dks-keys.ts';
import type { KeyService } from '../../consumer/keys/key-service.ts';
import { certificateAuthority } from './certificates.ts';
import type { Identity } from './certificates.ts';
import { dksServer } from './dks-server.ts';
import type { DksServer } from './dks-server.ts';

/** What differs from a server and a client that trust each other. */
export interface DksSetting {
  readonly server?: Identity;
  readonly client?: Identity;
  readonly settings?: Partial<DksSettings>;
}

const authority = certificateAuthority('authority');

/** Of the server and the client as they are unless a setting says otherwise. */
export const dksIdentities = {
  authority,
  server: authority.issue('dks', ['localhost']),
  client: authority.issue('consumer'),
};

/** A DKS of its own for the test and a client of it, both gone after the test. */
export async function dksWithClient(
  t: ExecutionContext,
  setting: DksSetting = {},
): Promise<{ server: DksServer; keys: KeyService }> {
  const folder = await mkdtemp(join(tmpdir(), 'dks keys +#😀 '));
  t.teardown(() => rm(folder, { recursive: true }));
  const { certificate, key } = setting.client ?? dksIdentities.client;
  const files = { certificate, key, ca: authority.certificate };
  for (const [name, pem] of Object.entries(files)) await writeFile(join(folder, `${name}.pem`), pem);

  const server = await dksServer(setting.server ?? dksIdentities.server, authority.certificate);
  t.teardown(() => server.stop());
  const keys = await dksKeys(
    {
      url: server.url,
      certificate: join(folder, 'certificate.pem'),
      key: join(folder, 'key.pem'),
      ca: join(folder, 'ca.pem'),
      timeoutMs: 10_000,
      ...setting.settings,
    },
    'run 1&2',
  );
  t.teardown(() => keys.close());
  return { server, keys };
}
