import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';

const root = join(import.meta.dirname, '../..');
const text = await readFile(join(root, 'Dockerfile'), 'utf8');
const stages = text
  .replaceAll('\\\n', ' ')
  .split(/^FROM /m)
  .slice(1);
const image = stages.at(-1) ?? '';

test('what the image copies runs the demo from an empty folder with production dependencies only', async (t) => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'cdi-image-')));
  t.teardown(() => rm(folder, { recursive: true }));
  const app = join(folder, 'app');
  await mkdir(app);
  for (const { sources, target } of copies(image)) {
    for (const source of sources) {
      if (source === 'node_modules') await linkProductionModules(app);
      else
        await cp(
          join(root, source),
          join(app, /^$|\/$/.test(target) ? join(target, basename(source)) : target),
          {
            recursive: true,
          },
        );
    }
  }
  const [command = '', ...words] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(image)?.[1] ?? '') as string[];
  t.is(command, 'node');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...words, 'demo', '--dir', join(folder, 'demo'), '--records', '300'],
    {
      cwd: app,
      env: { PATH: process.env.PATH, NODE_ENV: 'production', NODE_OPTIONS: '--preserve-symlinks' },
    },
  );
  t.regex(stdout, /certificate/i);
});

test('the base is pinned to the version that the project is tested with', async (t) => {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  t.regex(text, new RegExp(`^ARG NODE_IMAGE=\\S+/node:${devDependencies.node}-\\S+-slim$`, 'm'));
  t.true(stages.every((stage) => stage.startsWith('${NODE_IMAGE}')));
});

test('the image runs as node, without npm, with one volume and a health check', (t) => {
  t.regex(image, /^USER node$/m);
  t.regex(image, /^RUN rm -rf \/usr\/local\/lib\/node_modules /m);
  t.deepEqual(
    [...image.matchAll(/^VOLUME (.*)$/gm)].map(([, volume]) => volume),
    ['/scratch'],
  );
  t.regex(image, /^HEALTHCHECK /m);
  t.notRegex(image, /npm ci|apt-get/);
});

test('nothing that the image copies is kept from the build by .dockerignore', async (t) => {
  const kept = (await readFile(join(root, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('!'));
  for (const stage of stages) {
    for (const { sources, isFromStage } of copies(stage)) {
      if (!isFromStage) for (const source of sources) t.true(kept.includes(`!${source}`), source);
    }
  }
});

interface Copy {
  readonly sources: readonly string[];
  readonly target: string;
  readonly isFromStage: boolean;
}

/** The COPY lines of a stage; what comes from the build stage as paths of the project. */
function copies(stage: string): Copy[] {
  return [...stage.matchAll(/^COPY (--from=build )?(.*) \.\/(\S*)$/gm)].map(
    ([, from, sources = '', target = '']) => ({
      sources: sources.split(' ').map((source) => source.replace(/^\/app\//, '')),
      target,
      isFromStage: from !== undefined,
    }),
  );
}

/** Links to what `npm ci --omit=dev` would install, as the lock file tells. Packages see no others unless links are resolved. */
async function linkProductionModules(app: string): Promise<void> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true; optional?: true; link?: true }>;
  };
  for (const [path, { dev, optional, link: isLink }] of Object.entries(packages)) {
    const [, name = ''] = path.split('node_modules/');
    // Packages inside of a package come with it.
    if (path !== `node_modules/${name}` || dev === true || optional === true) continue;
    await mkdir(dirname(join(app, path)), { recursive: true });
    await symlink(isLink === true ? join(app, basename(path)) : join(root, path), join(app, path));
  }
}
