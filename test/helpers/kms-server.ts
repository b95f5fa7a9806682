import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { listen } from './listen.ts';

export type KmsAnswer = { readonly status: number; readonly body: unknown } | 'hang' | 'drop';

export interface KmsServer {
  readonly url: string;
  /** Bodies of the requests to decrypt. */
  readonly decrypts: unknown[];
  answer: KmsAnswer;
  stop(): Promise<void>;
}

/** An endpoint that speaks KMS's protocol (AWS JSON 1.1) and answers as told. */
export async function kmsServer(answer: KmsAnswer): Promise<KmsServer> {
  const { port, stop } = await listen(createServer((request, response) => void respond(request, response)));
  const kms: KmsServer = { url: `http://127.0.0.1:${port}`, decrypts: [], answer, stop };

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: unknown = JSON.parse(Buffer.concat(await request.toArray()).toString());
    if (request.headers['x-amz-target'] !== 'TrentService.Decrypt') {
      response.writeHead(404).end();
      return;
    }
    kms.decrypts.push(body);
    if (kms.answer === 'hang') return;
    if (kms.answer === 'drop') {
      response.destroy();
      return;
    }
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    response.writeHead(kms.answer.status, headers).end(JSON.stringify(kms.answer.body));
  }
  return kms;
}
