import type { HttpAnswer, HttpHandler, HttpRequest } from '../helpers/faulty-http.ts';
import { changed } from '../helpers/faulty-http.ts';

/** How often each fault was made. */
export type FaultCounts = Record<
  'throttled' | 'failed' | 'dropped' | 'unanswered' | 'answer lost' | 'broken off' | 'partial batch',
  number
>;

/**
 * What goes wrong between us and AWS, again and again: throttling, errors, connections that end before the request was
 * done, after it, and within a body, and batches of which an entry is not done.
 */
export function awsFaults(): { readonly handle: HttpHandler; readonly counts: FaultCounts } {
  const counts = {
    throttled: 0,
    failed: 0,
    dropped: 0,
    unanswered: 0,
    'answer lost': 0,
    'broken off': 0,
    'partial batch': 0,
  };
  let requests = 0;

  const handle: HttpHandler = async (request, pass) => {
    requests += 1;
    if (requests % 19 === 0) {
      counts.throttled += 1;
      return { status: 503, headers: { 'content-type': 'application/xml' }, body: SLOW_DOWN };
    }
    if (requests % 23 === 0) {
      counts.failed += 1;
      return { status: 500, body: '' };
    }
    if (requests % 29 === 0) {
      counts.dropped += 1;
      return 'drop';
    }
    if (counts.unanswered < MOST_UNANSWERED && requests % 101 === 0 && targetOf(request) !== '') {
      counts.unanswered += 1;
      return 'hang';
    }
    // A create that is made again finds what it made itself.
    if (requests % 31 === 0 && isRepeatable(request)) {
      counts['answer lost'] += 1;
      await pass(request);
      return 'drop';
    }
    if (requests % 5 === 0 && isBatch(request)) {
      counts['partial batch'] += 1;
      return await withoutLastEntry(request, pass);
    }
    const answer = await pass(request);
    const size = answer.body?.length ?? 0;
    if (requests % 13 === 0 && request.method === 'GET' && answer.status < 300 && size > 1_000) {
      counts['broken off'] += 1;
      return { ...answer, breaksAt: size >> 1 };
    }
    return answer;
  };
  return { handle, counts };
}

/** Each costs as long as a client waits. */
const MOST_UNANSWERED = 3;

const SLOW_DOWN =
  '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>';

function targetOf({ headers }: HttpRequest): string {
  return String(headers['x-amz-target'] ?? '');
}

function isRepeatable(request: HttpRequest): boolean {
  return (
    request.method === 'PUT' || /\.(DeleteMessageBatch|ChangeMessageVisibilityBatch)$/.test(targetOf(request))
  );
}

function isBatch(request: HttpRequest): boolean {
  return /\.(SendMessageBatch|DeleteMessageBatch|ChangeMessageVisibilityBatch)$/.test(targetOf(request));
}

/** Has all entries done but the last, which is told to have failed. */
async function withoutLastEntry(
  request: HttpRequest,
  pass: (request: HttpRequest) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const asked = JSON.parse(request.body.toString()) as { Entries: { Id: string }[] };
  const last = asked.Entries.at(-1);
  const others = asked.Entries.slice(0, -1);
  const failed = { Id: last?.Id, SenderFault: false, Code: 'InternalError', Message: 'try again' };
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  if (others.length === 0)
    return { status: 200, headers, body: JSON.stringify({ Successful: [], Failed: [failed] }) };
  const answer = await pass({ ...request, body: Buffer.from(JSON.stringify({ ...asked, Entries: others })) });
  const told = JSON.parse(String(answer.body)) as { Failed?: object[] };
  return changed(answer, { body: JSON.stringify({ ...told, Failed: [...(told.Failed ?? []), failed] }) });
}
