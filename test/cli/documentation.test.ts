import { glob, readFile } from 'node:fs/promises';
import test from 'ava';
import { variables } from '../../settings.ts';
import { runCdi } from './run-cdi.ts';

const root = new URL('../../', import.meta.url);
const helpOfAll = helps();

test('every command has a description and an example', async (t) => {
  for (const [name, help] of await helpOfAll) {
    t.regex(help, /^Usage: cdi \w+.*\n\n\w/, name);
    t.regex(help, /\nExamples?:\n {2}\$ cdi \w/, name);
  }
});

test('the examples of the help use commands and options that exist', async (t) => {
  const all = await helpOfAll;
  for (const help of all.values()) {
    for (const example of help.split(/\nExamples?:\n/)[1]?.split('\n') ?? []) {
      t.deepEqual(unknownWords(example, all), [], example);
    }
  }
});

test('the documentation names commands and options that exist, and every command', async (t) => {
  const all = await helpOfAll;
  const named = new Set<string>();
  for await (const page of glob(['README.md', 'docs/**/*.md'], { cwd: root })) {
    const markdown = await read(page);
    const options = new Set([...all.values()].flatMap(optionsIn));
    for (const code of codeIn(markdown)) {
      t.deepEqual(unknownWords(code, all), [], `${page}: ${code}`);
      for (const [command] of commandsIn(code)) named.add(command);
      for (const option of /\bcdi\b|^(aws|npm|node|npx)\b/.test(code) ? [] : optionsIn(code)) {
        t.true(options.has(option), `${page}: ${code}`);
      }
    }
  }
  t.deepEqual(
    [...all.keys()].filter((command) => !named.has(command)),
    [],
  );
});

test('the documentation has every setting with its default, and no other', async (t) => {
  const rows = [...(await read('docs/operating.md')).matchAll(/^\| `(CDI_\w+)` +\| ([^|]*?) +\|/gm)];
  t.deepEqual(
    rows.map(([, name = '', fallback = '']) => [name, fallback.replaceAll('`', '')]),
    Object.entries(variables).map(([name, { fallback }]) => [
      name,
      name === 'CDI_WORKERS' ? 'processors' : fallback,
    ]),
  );
});

/** The help of every command, by its name, with that of the commands below it. */
async function helps(): Promise<ReadonlyMap<string, string>> {
  return new Map(
    await Promise.all(
      namesIn((await runCdi([])).stdout).map(async (name): Promise<[string, string]> => {
        const help = (await runCdi([name, '--help'])).stdout;
        const below = await Promise.all(
          namesIn(help).map(async (lower) => (await runCdi([name, lower, '--help'])).stdout),
        );
        return [name, [help, ...below].join('\n')];
      }),
    ),
  );
}

function namesIn(help: string): string[] {
  const [, commands = ''] = help.split(/^Commands:\n/m);
  return [...commands.matchAll(/^ {2}([a-z]+)\b/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
}

/** Commands and options of a line of code that are not there. */
function unknownWords(code: string, all: ReadonlyMap<string, string>): string[] {
  return commandsIn(code).flatMap(([command, rest]) => {
    const help = all.get(command);
    if (help === undefined) return [command];
    return optionsIn(rest).filter((option) => !optionsIn(help).includes(option));
  });
}

/** Each `cdi command` of a line of code, with what follows up to the end of the command. */
function commandsIn(code: string): [command: string, rest: string][] {
  return [...code.matchAll(/\bcdi ([a-z]+)\b([^|&;#]*)/g)].map(([, command = '', rest = '']) => [
    command,
    rest,
  ]);
}

function optionsIn(text: string): string[] {
  return [...text.matchAll(/(?<![-\w])--[a-z][-a-z]*/g)].map(([option]) => option);
}

/** Lines of code blocks, and code spans. */
function codeIn(markdown: string): string[] {
  const [...blocks] = markdown.matchAll(/^```sh\n([\s\S]*?)^```/gm);
  const prose = markdown.replaceAll(/^```[\s\S]*?^```/gm, '');
  return [
    ...blocks.flatMap(([, lines = '']) => lines.trim().split('\n')),
    ...[...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
  ];
}

function read(page: string): Promise<string> {
  return readFile(new URL(page, root), 'utf8');
}
