import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConsumerHealth } from './consume.ts';

/** Answers `GET /health` for whoever runs the consumer. */
export interface HealthEndpoint {
  readonly port: number;
  /** To be called a few times a second. */
  update(health: ConsumerHealth): void;
  close(): Promise<void>;
}

/**
 * Listens on every address: 200 while the consumer works, also when the key service is out; 503 before it has begun,
 * while it ends, and when nothing moves any more. Both with JSON, so that a person sees why.
 *
 * @param port - 0 for any that is free.
 */
export async function serveHealth(port: number): Promise<HealthEndpoint> {
  let latest: ConsumerHealth | undefined;
  const server = createServer((request, response) => {
    if (request.url !== '/health') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(latest?.state === 'working' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(latest ?? { state: 'starting' }));
  });
  server.listen(port);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    update: (health) => (latest = health),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
