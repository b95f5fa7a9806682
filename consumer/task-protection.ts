import type { Log } from './log.ts';

/** Keeps ECS from stopping this task by a scale-in or a deployment while it holds messages (R-SCALEIN). */
export interface TaskProtection {
  /** To be called a few times a second. */
  update(heldMessages: number): void;
  /** Gives the protection back. */
  close(): Promise<void>;
}

export interface TaskProtectionOptions {
  /**
   * How often protection is asked for again, as it expires.
   *
   * @defaultValue 5 minutes
   */
  readonly renewMs?: number;
  /**
   * How long nothing is held before it is given back: between two messages it need not go.
   *
   * @defaultValue 10 seconds
   */
  readonly idleMs?: number;
  /**
   * Pause after a request that failed.
   *
   * @defaultValue 30 seconds
   */
  readonly retryMs?: number;
}

/** Longer than the watchdog waits, and no longer than a task that hangs may stand in the way of a deployment. */
const EXPIRES_IN_MINUTES = 20;

/**
 * Protection by the agent of the task. Without it no message is lost, only work: so nothing that fails here is more
 * than logged.
 *
 * @param agentUrl - what ECS tells as `ECS_AGENT_URI`.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
export function taskProtection(
  agentUrl: string,
  log: Log,
  { renewMs = 300_000, idleMs = 10_000, retryMs = 30_000 }: TaskProtectionOptions = {},
): TaskProtection {
  let lastHeldMs = Number.NEGATIVE_INFINITY;
  /** When protection was granted last; undefined when there is none. */
  let protectedMs: number | undefined;
  let failedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function ask(isWanted: boolean): Promise<void> {
    const askedMs = performance.now();
    try {
      await putState(agentUrl, isWanted);
      protectedMs = isWanted ? askedMs : undefined;
    } catch (error) {
      failedMs = performance.now();
      log('TaskProtection:Failed', {
        wanted: isWanted,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
  }

  return {
    update(heldMessages) {
      const nowMs = performance.now();
      if (heldMessages > 0) lastHeldMs = nowMs;
      const isWanted = nowMs - lastHeldMs < idleMs;
      const isRight = isWanted
        ? protectedMs !== undefined && nowMs - protectedMs < renewMs
        : protectedMs === undefined;
      if (isRight || asking !== undefined || nowMs - failedMs < retryMs) return;
      asking = ask(isWanted).finally(() => (asking = undefined));
    },

    async close() {
      await asking;
      if (protectedMs !== undefined) await ask(false);
    },
  };
}

async function putState(agentUrl: string, isWanted: boolean): Promise<void> {
  const response = await fetch(`${agentUrl}/task-protection/v1/state`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ProtectionEnabled: isWanted,
      ...(isWanted && { ExpiresInMinutes: EXPIRES_IN_MINUTES }),
    }),
    signal: AbortSignal.timeout(5_000),
  });
  const text = await response.text();
  // It may also say with 200 that it could not.
  if (!response.ok || !isGranted(text, isWanted)) throw new Error(`${response.status} ${text.slice(0, 300)}`);
}

function isGranted(text: string, isWanted: boolean): boolean {
  const { protection } = JSON.parse(text) as { protection?: { ProtectionEnabled?: unknown } };
  return protection?.ProtectionEnabled === isWanted;
}
