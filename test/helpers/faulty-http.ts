import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { listen } from './listen.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array | string;
  /** After so many bytes of the body the connection breaks. */
  readonly breaksAt?: number;
  /** After so many bytes of the body nothing more comes. */
  readonly stallsAt?: number;
}

/** An answer, or the connection is dropped or hangs. */
export type HttpOutcome = HttpAnswer | 'drop' | 'hang';

export type HttpHandler = (
  request: HttpRequest,
  /** Has the server behind answer. */
  pass: (request: HttpRequest) => Promise<HttpAnswer>,
) => HttpOutcome | Promise<HttpOutcome>;

export interface FaultyHttp {
  readonly url: string;
  /** All so far. */
  readonly requests: HttpRequest[];
  /** What becomes of a request; at first it is passed. */
  handle: HttpHandler;
  /** Open now, in use or not. */
  connections(): Promise<number>;
  stop: () => Promise<void>;
}

/** Stands before a server and answers in its place, loses or breaks what is told to be lost or broken. */
export async function faultyHttp(upstream: string): Promise<FaultyHttp> {
  const server = createServer((request, response) => void respond(request, response));
  const { port, stop } = await listen(server);
  const faulty: FaultyHttp = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    handle: (request, pass) => pass(request),
    connections: () => promisify(server.getConnections.bind(server))(),
    stop,
  };

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(await incoming.toArray()) };
      faulty.requests.push(request);
      const outcome = await faulty.handle(request, (passed) => forward(upstream, passed));
      if (outcome === 'drop') response.destroy();
      else if (outcome !== 'hang') send(response, outcome);
    } catch {
      // Whoever asked has gone, or the server behind has.
      response.destroy();
    }
  }
  return faulty;
}

/** So many requests that `isMeant` get the outcome, the others what `handle` says. */
export function first(
  times: number,
  isMeant: (request: HttpRequest) => boolean,
  outcome: HttpOutcome | ((answer: HttpAnswer) => HttpOutcome),
  handle: HttpHandler = (request, pass) => pass(request),
): HttpHandler {
  let left = times;
  return async (request, pass) => {
    if (!isMeant(request) || left === 0) return await handle(request, pass);
    left -= 1;
    return typeof outcome === 'function' ? outcome(await asAnswer(handle(request, pass))) : outcome;
  };
}

/** The answer with something else in it; its length follows. */
export function changed(answer: HttpAnswer, { headers, ...rest }: Partial<HttpAnswer>): HttpAnswer {
  const { 'content-length': _, ...kept } = answer.headers ?? {};
  return { ...answer, ...rest, headers: { ...kept, ...headers } };
}

async function asAnswer(outcome: HttpOutcome | Promise<HttpOutcome>): Promise<HttpAnswer> {
  const awaited = await outcome;
  if (awaited === 'drop' || awaited === 'hang') throw new Error(awaited);
  return awaited;
}

async function forward(upstream: string, request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body } = request;
  const { 'transfer-encoding': _, ...rest } = headers;
  const outgoing = ask(upstream + url, { method, headers: { ...rest, 'content-length': body.length } });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(await response.toArray()),
  };
}

function send(response: ServerResponse, { status, headers = {}, body = '', ...fault }: HttpAnswer): void {
  const bytes = Buffer.from(body);
  // Of an answer to HEAD it is the length of what is not sent.
  const length = headers['content-length'] ?? bytes.length;
  response.writeHead(status, { ...headers, 'content-length': length });
  const sentBytes = fault.breaksAt ?? fault.stallsAt;
  if (sentBytes === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, sentBytes), () => fault.breaksAt !== undefined && response.destroy());
}
