import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves when it holds. @throws when it does not within the time. */
export async function until(holds: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`did not come within ${timeoutMs} ms: ${holds.toString()}`);
    await sleep(5);
  }
}
