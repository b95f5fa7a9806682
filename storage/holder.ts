import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { isErrorCode } from './error-code.ts';

/** A name for one who holds or does something in this process: `host:pid:…`. It differs for each that is made. */
export function newHolder(): string {
  return `${hostname()}:${process.pid}:${randomUUID()}`;
}

/** Whose name it is. */
export function holderPlace(holder: string): { readonly host: string; readonly pid: number } {
  const [host = '', pid] = holder.split(':');
  return { host, pid: Number(pid) };
}

/**
 * Whether it was a process of this host that is gone. Of other hosts nobody can tell.
 *
 * Containers that share a host name but no processes may err here.
 */
export function isDead(holder: string): boolean {
  const { host, pid } = holderPlace(holder);
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return isErrorCode(error, 'ESRCH');
  }
}
