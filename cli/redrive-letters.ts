import type { Queue } from '../consumer/queue.ts';

export interface RedriveReport {
  readonly id: string;
  readonly result: 'sent' | 'missing' | 'failed';
  readonly detail: string;
}

/** Sends dead letters anew: one that the queue does not take keeps no other back. */
export async function redriveLetters(
  queue: Pick<Queue, 'redrive'>,
  ids: readonly string[],
  onDone: (letters: number) => void = () => {},
): Promise<readonly RedriveReport[]> {
  const reports: RedriveReport[] = [];
  for (let at = 0; at < ids.length; at += LETTERS_PER_CALL) {
    const batch = ids.slice(at, at + LETTERS_PER_CALL);
    const results = await queue.redrive(batch);
    for (const [index, id] of batch.entries()) reports.push({ id, ...reportOf(results[index]) });
    onDone(reports.length);
  }
  return reports;
}

/** SQS looks through its dead letters at every call; in between the command tells how far it is. */
const LETTERS_PER_CALL = 100;

function reportOf(
  result: Awaited<ReturnType<Queue['redrive']>>[number] | undefined,
): Omit<RedriveReport, 'id'> {
  switch (result?.kind) {
    case 'sent':
      return { result: 'sent', detail: `as ${result.id}` };
    case 'missing':
      return { result: 'missing', detail: '' };
    case 'failed':
      return { result: 'failed', detail: result.reason };
    case undefined:
      return { result: 'failed', detail: 'no answer' };
  }
}
