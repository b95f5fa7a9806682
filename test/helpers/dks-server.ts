import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { Readable } from 'node:stream';
import type { Identity } from './certificates.ts';
import { listen } from './listen.ts';

/** What goes wrong with a request before or while it is answered. */
export type Fault =
  | 'hang'
  | 'drop'
  | 'cut-short'
  | 'endless'
  | { readonly status: number }
  | { readonly body: string };

export interface DecryptRequest {
  readonly keyId: string | null;
  readonly wrappedKey: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly contentType: string | undefined;
}

export interface DksServer {
  readonly url: string;
  readonly decrypts: readonly DecryptRequest[];
  healthchecks: number;
  /** How many connections were made. */
  connections: number;
  /** Decides over each request to decrypt; none at first. */
  fault(request: DecryptRequest): Fault | undefined;
  isHealthy: boolean;
  stop(): Promise<void>;
}

/**
 * A server that behaves like the Data Key Service: over TLS, for clients with a certificate of `ca`, with an «HSM» to
 * which a wrapped key is the key reversed, and with DKS's statuses, 503 and 500 for spoilt requests included.
 */
export async function dksServer(identity: Identity, ca: string): Promise<DksServer> {
  const decrypts: DecryptRequest[] = [];
  const server = createServer(
    { cert: identity.certificate, key: identity.key, ca, requestCert: true, rejectUnauthorized: true },
    (request, response) => void answer(request, response),
  );
  const { port, stop } = await listen(server);

  const dks: DksServer = {
    url: `https://localhost:${port}`,
    decrypts,
    healthchecks: 0,
    connections: 0,
    fault: () => undefined,
    isHealthy: true,
    stop,
  };
  server.on('secureConnection', () => dks.connections++);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', dks.url);
    const body = Buffer.concat(await request.toArray()).toString();
    if (url.pathname === '/healthcheck') {
      dks.healthchecks++;
      response.writeHead(dks.isHealthy ? 200 : 500).end('{}');
    } else if (request.method === 'POST' && url.pathname === '/datakey/actions/decrypt') {
      const decrypt = {
        keyId: url.searchParams.get('keyId'),
        wrappedKey: body,
        target: request.url ?? '',
        contentType: request.headers['content-type'],
      };
      decrypts.push(decrypt);
      spoil(response, dks.fault(decrypt) ?? unwrap(decrypt));
    } else {
      response.writeHead(404).end();
    }
  }
  return dks;
}

/** As the HSM profile answers; see the table in domain.md 3.3. */
function unwrap({ keyId, wrappedKey }: DecryptRequest): Fault {
  const wrapped = Buffer.from(wrappedKey, 'base64');
  if (keyId === null || wrappedKey === '') return { status: 400 };
  if (!/^cloudhsm:\d+[/,]\d+$/.test(keyId)) return { status: 503 };
  if (wrapped.toString('base64') !== wrappedKey) return { status: 500 };
  if (wrapped.length !== 16) return { status: 503 };
  const plaintextDataKey = wrapped.reverse().toString('base64');
  return {
    body: JSON.stringify({ dataKeyDecryptionKeyId: keyId, plaintextDataKey, correlationId: 'NOT_SET' }),
  };
}

function spoil(response: ServerResponse, fault: Fault): void {
  if (fault === 'hang') return;
  if (fault === 'drop') {
    response.destroy();
  } else if (fault === 'cut-short') {
    response
      .writeHead(200, { 'content-length': 100 })
      .write('{"plaintextDataKey":"AAEC', () => response.destroy());
  } else if (fault === 'endless') {
    response.writeHead(200);
    Readable.from(endlessly(' '.repeat(16 * 1024))).pipe(response);
  } else if ('status' in fault) {
    response.writeHead(fault.status).end('{"error":"no"}');
  } else {
    response.writeHead(200, { 'content-type': 'application/json' }).end(fault.body);
  }
}

function* endlessly(chunk: string): Generator<string> {
  for (;;) yield chunk;
}
