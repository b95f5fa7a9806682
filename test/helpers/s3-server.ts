import { startFauxqs } from 'fauxqs';
import { compareKeys } from '../../storage/object-key.ts';
import { changed, faultyHttp } from './faulty-http.ts';
import type { FaultyHttp, HttpAnswer, HttpHandler, HttpRequest } from './faulty-http.ts';

export interface S3Server extends FaultyHttp {
  /** Keys and common prefixes in one answer to a list. */
  pageSize: number;
  createBucket(name: string): void;
}

/**
 * fauxqs, and before it what it lacks of S3: lists in the order of UTF-8 bytes, in pages and encoded; `If-None-Match`;
 * XML with entities by number, refused if it holds what XML cannot. For faults, put a handler before `handle`.
 */
export async function s3Server(): Promise<S3Server> {
  const fauxqs = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false });
  const http = await faultyHttp(`http://127.0.0.1:${fauxqs.port}`);
  const stopHttp = http.stop;
  const server: S3Server = Object.assign(http, {
    pageSize: 1000,
    createBucket: (name: string) => void fauxqs.createBucket(name),
    stop: async () => {
      await stopHttp();
      await fauxqs.stop();
    },
  });
  const putIfAbsent = oneByOne();
  server.handle = async (request, pass) => {
    const { method, url, headers } = request;
    const query = new URL(url, server.url).searchParams;
    if (method === 'GET' && query.get('list-type') === '2') return await list(request, pass, server.pageSize);
    if (method === 'POST' && query.has('delete')) return await deleteMany(request, pass);
    if (headers['if-none-match'] !== '*') return await pass(request);
    return await putIfAbsent(async () => {
      const path = new URL(url, server.url).pathname;
      const present = await pass({ ...request, method: 'HEAD', url: path, body: Buffer.alloc(0) });
      return present.status === 200 ? xmlError(412, 'PreconditionFailed') : await pass(request);
    });
  };
  return server;
}

/** How S3 says that it cannot or will not. */
export function xmlError(status: number, code: string): HttpAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>so it was told</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

type Pass = Parameters<HttpHandler>[1];

function oneByOne(): <Result>(action: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const result = last.then(action, action);
    last = result;
    return result;
  };
}

async function deleteMany(request: HttpRequest, pass: Pass): Promise<HttpAnswer> {
  const xml = request.body.toString();
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(xml)) return xmlError(400, 'MalformedXML');
  const plain = xml.replace(/&#x([0-9A-F]+);/gi, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)));
  const answer = await pass({ ...request, body: Buffer.from(plain) });
  // As XML has it: the end of a line is one character unless it is told by number.
  return changed(answer, { body: bodyText(answer).replace(/(?<=<Key>[^<]*)\r/g, '&#13;') });
}

async function list(request: HttpRequest, pass: Pass, pageSize: number): Promise<HttpAnswer> {
  const url = new URL(request.url, 'http://s3');
  const query = url.searchParams;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const all = await pass({
    ...request,
    url: `${url.pathname}?list-type=2&prefix=${encodeURIComponent(prefix)}`,
  });
  if (all.status !== 200) return all;
  const xml = bodyText(all);
  if (xml.includes('<IsTruncated>true')) throw new Error('more objects than this server lists');

  const entries = new Map<string, string>();
  for (const [, key = '', rest = ''] of xml.matchAll(/<Contents><Key>([^<]*)<\/Key>(.*?)<\/Contents>/g)) {
    const plain = unescapeXml(key);
    const end = delimiter === '' ? -1 : plain.indexOf(delimiter, prefix.length);
    if (end === -1) entries.set(plain, `<Contents><Key>${encoded(plain)}</Key>${rest}</Contents>`);
    else {
      const common = plain.slice(0, end + 1);
      entries.set(common, `<CommonPrefixes><Prefix>${encoded(common)}</Prefix></CommonPrefixes>`);
    }
  }
  const names = [...entries.keys()].sort(compareKeys).filter((name) => compareKeys(name, after) > 0);
  const page = names.slice(0, pageSize);
  const next = page.at(-1);
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType><IsTruncated>${names.length > pageSize}</IsTruncated>${
    names.length > pageSize && next !== undefined
      ? `<NextContinuationToken>${escapeXml(next)}</NextContinuationToken>`
      : ''
  }${page.map((name) => entries.get(name)).join('')}</ListBucketResult>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

/** As S3 encodes keys in lists when asked to, and nobody lists without asking here. */
function encoded(key: string): string {
  return new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/');
}

function bodyText({ body = '' }: HttpAnswer): string {
  return Buffer.from(body).toString();
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\r\n]/g, (end) => `&#${end.codePointAt(0)};`);
}
