import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { createSecureContext } from 'node:tls';
import { dataKey, decodeBase64 } from './data-key.ts';
import type { KeyAnswer, KeyService } from './key-service.ts';

export interface DksSettings {
  /** Where DKS is, `https://host:8443`; its decrypt endpoint will do. */
  readonly url: string;
  /** Our certificate and its key, and the authority that DKS's own certificate comes from: PEM, or files with it. */
  readonly certificate: string;
  readonly key: string;
  readonly ca: string;
  /** For the connection, and again for the answer. */
  readonly timeoutMs: number;
}

/**
 * The Data Key Service, over connections that are kept and verified on both sides.
 *
 * @throws {Error} when the URL is not https, or a file can't be read or used.
 * @param correlationId - what its log finds us by
 * @see domain.md 3
 */
export async function dksKeys(
  { url, timeoutMs, certificate, key, ca }: DksSettings,
  correlationId: string,
): Promise<KeyService> {
  const base = baseUrl(url);
  const agent = new Agent({
    keepAlive: true,
    secureContext: await secureContext({ certificate, key, ca }),
    // The default, said aloud so that NODE_TLS_REJECT_UNAUTHORIZED has no say.
    rejectUnauthorized: true,
  });

  function ask(method: 'GET' | 'POST', path: string, body: string, signal: AbortSignal): Promise<Reply> {
    return exchange(agent, new URL(base + path), method, body, timeoutMs, signal);
  }

  return {
    async decrypt({ keyId, wrappedKey }, signal) {
      const query = `keyId=${encodeURIComponent(keyId.toWellFormed())}&correlationId=${encodeURIComponent(correlationId)}`;
      return readAnswer(await ask('POST', `${decryptPath}?${query}`, wrappedKey, signal));
    },
    async isHealthy(signal) {
      const reply = await ask('GET', '/healthcheck', '', signal);
      return reply.kind === 'reply' && reply.status === 200;
    },
    close() {
      agent.destroy();
    },
  };
}

const decryptPath = '/datakey/actions/decrypt';

function baseUrl(text: string): string {
  const url = new URL(text);
  if (url.protocol !== 'https:') throw new Error(`DKS must be asked over https, not ${url.protocol}`);
  return url.origin + url.pathname.replace(/\/+$/, '').replace(new RegExp(`${decryptPath}$`), '');
}

async function secureContext(identity: Pick<DksSettings, 'certificate' | 'key' | 'ca'>) {
  const [cert, key, ca] = await Promise.all([
    readPem(identity.certificate),
    readPem(identity.key),
    readPem(identity.ca),
  ]);
  try {
    // TLS takes a file without an authority for one that trusts nobody, which would look like an outage.
    new X509Certificate(ca).toString();
    return createSecureContext({ cert, key, ca });
  } catch (cause) {
    const names = Object.entries(identity).map(([name, source]) => (isText(source) ? `the ${name}` : source));
    throw new Error(`${names.join(', ')} don't make a TLS identity`, { cause });
  }
}

async function readPem(source: string): Promise<string | Buffer> {
  return isText(source) ? source : readFile(source);
}

/** A secret must not be taken for the name of a file, which errors show. */
function isText(source: string): boolean {
  return /-----BEGIN|\n/.test(source);
}

/**
 * A refusal is about this key. The statuses that are about us, the route or the load are not: whether they are an
 * outage is for the key ring to find out, and so are DKS's 500 and 503, which it gives for spoilt keys too.
 */
function readAnswer(reply: Reply): KeyAnswer {
  if (reply.kind === 'fault') return { kind: 'unavailable', reason: `DKS: ${reply.reason}` };
  const { status, body } = reply;
  if (status >= 400 && status < 500 && !aboutUs.has(status)) {
    return { kind: 'refused', reason: `DKS: status ${status}` };
  }
  if (status !== 200) return { kind: 'unavailable', reason: `DKS: status ${status}` };
  const key = plaintextDataKey(body);
  return key === undefined
    ? { kind: 'unavailable', reason: 'DKS: status 200 without a data key' }
    : { kind: 'key', key };
}

const aboutUs = new Set([401, 403, 404, 405, 407, 408, 421, 425, 429]);

function plaintextDataKey(body: string): Uint8Array | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null || !('plaintextDataKey' in answer)) return undefined;
  const { plaintextDataKey: encoded } = answer;
  const bytes = typeof encoded === 'string' ? decodeBase64(encoded) : undefined;
  return bytes && dataKey(bytes);
}

type Reply =
  | { readonly kind: 'reply'; readonly status: number; readonly body: string }
  | { readonly kind: 'fault'; readonly reason: string };

/** Many times the length of any true answer. */
const maxBodyBytes = 64 * 1024;

async function exchange(
  agent: Agent,
  url: URL,
  method: 'GET' | 'POST',
  body: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Reply> {
  signal.throwIfAborted();
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  let awaited = 'connection';
  const request = httpsRequest(url, {
    agent,
    method,
    // As a form, the default of many clients, Spring would take the body for parameters.
    headers: { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) },
    signal: AbortSignal.any([signal, timeout.signal]),
  });
  function connected(): void {
    awaited = 'answer';
    timer.refresh();
  }
  request.once('socket', (socket) =>
    request.reusedSocket ? connected() : socket.once('secureConnect', connected),
  );
  // A request may fail once more after its answer has begun; the answer tells.
  request.on('error', () => {});
  try {
    request.end(body);
    const [response]: IncomingMessage[] = await once(request, 'response');
    return response ? await readReply(response) : { kind: 'fault', reason: 'no answer' };
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.signal.aborted) return { kind: 'fault', reason: `no ${awaited} within ${timeoutMs} ms` };
    return { kind: 'fault', reason: `no ${awaited}: ${errorCode(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early closes the connection.
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('an answer is read as bytes');
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return { kind: 'fault', reason: `an answer over ${maxBodyBytes} bytes` };
    chunks.push(chunk);
  }
  return { kind: 'reply', status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
}
