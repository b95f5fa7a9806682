import { readFile } from 'node:fs/promises';
import test from 'ava';

const build = new URL('../build/', import.meta.url);

/** What the package exports: names, with their declarations from the comment before them on. */
async function exported(): Promise<Map<string, string>> {
  const entry = await readFile(new URL('orc.d.ts', build), 'utf8');
  const declarations = new Map<string, string>();
  for (const [, names = '', file] of entry.matchAll(
    /^export (?:type )?\{ (.*?),? \} from '\.\/(.*?)\.ts';$/gm,
  )) {
    const text = await readFile(new URL(`${file}.d.ts`, build), 'utf8');
    for (const name of names.split(', ').map((each) => each.replace('type ', ''))) {
      const comment = '(?:^ \\*/\\n|^/\\*\\*.*\\*/\\n)?^export (?:declare )?';
      const block = `(?:interface|class) ${name}\\b[^]*?\\n}`;
      const pattern = `${comment}(?:${block}|(?:function|type|const) ${name}\\b[^]*?;$)`;
      declarations.set(name, new RegExp(pattern, 'm').exec(text)?.[0] ?? '');
    }
  }
  return declarations;
}

test('everything that is exported says what it is', async (t) => {
  const declarations = await exported();
  t.true(declarations.size > 50);
  for (const [name, declaration] of declarations) t.regex(declaration, /^(?: \*\/|\/\*\*)/, name);
});

test('and so do the functions among its members', async (t) => {
  for (const [name, declaration] of await exported()) {
    const lines = declaration.split('\n');
    const silent = lines.filter(
      (line, i) => /^ {4}(?!constructor)[a-z]\w*(?:<.*>)?\(/.test(line) && !lines[i - 1]?.endsWith('*/'),
    );
    t.deepEqual(silent, [], name);
  }
});
