import type { ExecutionContext } from 'ava';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What plays the agent of an ECS task; it takes what it is asked for unless told to answer otherwise. */
export interface EcsAgent {
  readonly url: string;
  /** What was asked for, the newest last. */
  readonly asked: { readonly ProtectionEnabled: boolean; readonly ExpiresInMinutes?: number }[];
  answer?: { readonly status: number; readonly body: unknown };
}

export async function startEcsAgent(t: ExecutionContext): Promise<EcsAgent> {
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      if (request.method !== 'PUT' || request.url !== '/api/task-protection/v1/state') {
        response.writeHead(404).end();
        return;
      }
      const asked = body as EcsAgent['asked'][number];
      agent.asked.push(asked);
      const { status, body: answer } = agent.answer ?? { status: 200, body: { protection: asked } };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const agent: EcsAgent = { url: `http://127.0.0.1:${port}/api`, asked: [] };
  return agent;
}
