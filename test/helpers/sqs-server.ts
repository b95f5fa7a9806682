import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { ExecutionContext } from 'ava';
import { startFauxqs, type FauxqsServer } from 'fauxqs';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A queue and that of its dead letters. */
export interface SqsQueuePair {
  readonly url: string;
  readonly deadLetterUrl: string;
}

/** Queues of a test's own, on an emulator that was started before. */
export function makeQueuePair(server: FauxqsServer, maxReceiveCount = 2): SqsQueuePair {
  const base = baseOf(server);
  const name = randomUUID();
  const dead = server.createQueue(`${name}-dead`);
  server.createQueue(name, {
    attributes: {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.queueArn, maxReceiveCount }),
    },
  });
  return { url: `${base}/000000000000/${name}`, deadLetterUrl: `${base}/000000000000/${name}-dead` };
}

export function startSqs(): Promise<FauxqsServer> {
  return startFauxqs({ port: 0, logger: false });
}

export function baseOf({ port }: { readonly port: number }): string {
  return `http://127.0.0.1:${port}`;
}

/** A client with throw-away credentials, closed after the test. */
export function sqsClient(t: ExecutionContext, endpoint: string, config: SQSClientConfig = {}): SQSClient {
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...config,
  });
  t.teardown(() => client.destroy());
  return client;
}

/** One request on its way: the name of the operation, what was asked, and how to have it answered. */
export interface ProxiedRequest {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly forward: () => Promise<ProxiedAnswer>;
}

export interface ProxiedAnswer {
  readonly status: number;
  readonly body: string;
}

/** A proxy before the emulator; without an answer it keeps the connection open and says nothing. */
export async function startSqsProxy(
  t: ExecutionContext,
  server: FauxqsServer,
  answer: (request: ProxiedRequest) => Promise<ProxiedAnswer | undefined>,
): Promise<string> {
  const proxy = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      const headers = Object.entries(request.headersDistinct)
        .filter(([name]) => !['host', 'connection', 'content-length'].includes(name))
        .flatMap(([name, values = []]) => values.map((value): [string, string] => [name, value]));
      const answered = await answer({
        operation: String(request.headers['x-amz-target']).split('.').at(-1) ?? '',
        input: JSON.parse(body.toString()) as Record<string, unknown>,
        async forward() {
          const forwarded = await fetch(`${baseOf(server)}${request.url ?? '/'}`, {
            method: 'POST',
            headers,
            body,
          });
          return { status: forwarded.status, body: await forwarded.text() };
        },
      });
      if (answered === undefined) return;
      response.writeHead(answered.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(answered.body);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return baseOf(proxy.address() as AddressInfo);
}
