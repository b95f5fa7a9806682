import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { sqliteQueue } from '../../consumer/queue-sqlite.ts';
import { certificateAuthority } from '../helpers/certificates.ts';
import { startEcsAgent } from '../helpers/ecs-agent.ts';
import { until } from '../helpers/until.ts';
import { folderToDrain } from './folder-to-drain.ts';
import { mainFile } from './run-cdi.ts';

test('R-STOP: the first SIGTERM waits for what is in work, the second ends at once and loses nothing', async (t) => {
  const folder = await folderToDrain(t);
  const keyService = await silentServer(t);
  const child = spawn(process.execPath, [mainFile, 'consume', '--local', folder, '--drain'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...(await dksSettings(folder, keyService.port)) },
  });
  t.teardown(() => child.kill('SIGKILL'));
  const stderr = text(child.stderr);
  const closed = once(child, 'close');
  await keyService.asked;

  child.kill('SIGTERM');
  await sleep(500);
  t.is(child.exitCode, null);
  child.kill('SIGTERM');
  const [code] = (await closed) as [number];
  t.is(code, 1);
  t.is(await stderr, 'cdi: stopped at once; what was in work will be delivered again\n');

  const queue = sqliteQueue(join(folder, 'state', 'queue.sqlite'));
  t.teardown(() => queue.close());
  t.like(await queue.depth(), { visible: 0, inFlight: 1, dead: 0 });
});

test('R-SCALEIN, R-LIVENESS: while it holds a message it is protected and healthy, and told to stop it is not healthy', async (t) => {
  const folder = await folderToDrain(t);
  const keyService = await silentServer(t);
  const agent = await startEcsAgent(t);
  const healthPort = await freePort();
  const child = spawn(process.execPath, [mainFile, 'consume', '--local', folder], {
    stdio: 'ignore',
    env: {
      ...process.env,
      ...(await dksSettings(folder, keyService.port)),
      CDI_HEALTH_PORT: String(healthPort),
      ECS_AGENT_URI: agent.url,
    },
  });
  t.teardown(() => child.kill('SIGKILL'));
  const closed = once(child, 'close');
  await keyService.asked;
  await until(() => agent.asked.length === 1);
  t.deepEqual(agent.asked, [{ ProtectionEnabled: true, ExpiresInMinutes: 20 }]);
  const health = async () => {
    const response = await fetch(`http://127.0.0.1:${healthPort}/health`);
    return [response.status, await response.json()];
  };
  t.like(await health(), [200, { state: 'working', paused: false }]);
  child.kill('SIGTERM');
  await until(async () => (await health())[0] === 503);
  t.like(await health(), [503, { state: 'stopping', paused: false }]);
  child.kill('SIGTERM');
  await closed;
});

/** Free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Takes connections and never says a word. */
async function silentServer(
  t: ExecutionContext,
): Promise<{ readonly port: number; readonly asked: Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked: once(server, 'connection') };
}

async function dksSettings(folder: string, port: number): Promise<Record<string, string>> {
  const authority = certificateAuthority('test');
  const { certificate, key } = authority.issue('client');
  const files = { CERTIFICATE: certificate, PRIVATE_KEY: key, CA: authority.certificate };
  const settings: Record<string, string> = {
    CDI_KEY_SERVICE: 'dks',
    CDI_DKS_URL: `https://localhost:${port}`,
    CDI_KEY_TIMEOUT_MS: '60000',
    CDI_WORKERS: '1',
  };
  for (const [name, pem] of Object.entries(files)) {
    const file = join(folder, `${name}.pem`);
    await writeFile(file, pem);
    settings[`CDI_DKS_${name}`] = file;
  }
  return settings;
}
