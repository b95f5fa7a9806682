import { existsSync } from 'node:fs';
import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder for what is measured: in memory if it fits there, as a disk's moods are not what is compared. */
export async function scratchFolder(prefix: string, bytes: number): Promise<string> {
  return mkdtemp(join((await hasRoom(MEMORY, bytes)) ? MEMORY : tmpdir(), prefix));
}

const MEMORY = '/dev/shm';

async function hasRoom(folder: string, bytes: number): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize >= bytes;
}
