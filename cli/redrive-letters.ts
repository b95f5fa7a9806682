import type { Queue } from '../consumer/queue.ts';

export interface RedriveReport {
  readonly id: string;
  readonly result: 'sent' | 'missing' | 'failed';
  readonly detail: string;
}

/** Sends dead letters anew, one by one: one that cannot be sent leaves the others as they are. */
export async function redriveLetters(
  queue: Pick<Queue, 'redrive'>,
  ids: readonly string[],
  onDone: (letters: number) => void = () => {},
): Promise<readonly RedriveReport[]> {
  const reports: RedriveReport[] = [];
  for (const id of ids) {
    const [result] = await queue.redrive([id]);
    reports.push({ id, ...reportOf(result) });
    onDone(reports.length);
  }
  return reports;
}

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
