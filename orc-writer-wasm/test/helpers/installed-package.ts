import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** A folder of a project of somebody else, which has installed the package as it would be published. */
export interface InstalledPackage extends AsyncDisposable {
  readonly folder: string;
  /** What the tarball holds. */
  readonly files: readonly string[];
}

/** Packs the package and installs it in a new folder, without network and without running its scripts. */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'orc-installed-'));
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await run('npm', packing, { cwd: root });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const installing = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', [...installing, join(folder, packed.filename)], { cwd: folder });
  return {
    folder,
    files: packed.files.map(({ path }) => path),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
