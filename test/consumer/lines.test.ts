import test from 'ava';
import { lineBlocks } from '../../consumer/lines.ts';
import { exhaust } from '../helpers/chunks.ts';

/** What lines a text gives, cut into these chunks; too long ones are `…`. */
async function linesOf(
  chunks: readonly string[],
  fault?: string,
  maximumLineBytes?: number,
): Promise<{ lines: readonly string[]; result: string | undefined }> {
  async function* inflated(): AsyncGenerator<Uint8Array, string | undefined> {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
    return fault;
  }
  const { items, result } = await exhaust(lineBlocks(inflated(), maximumLineBytes));
  const lines = items.flatMap((block) => {
    if (block.kind === 'too-long') return ['…'];
    const text = Buffer.from(block.bytes).toString('latin1');
    return text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  });
  return { lines, result };
}

test('lines come out whole wherever chunks end', async (t) => {
  const text = 'one\n\ntwo\r\n three\nfour';
  for (let a = 0; a <= text.length; a++) {
    for (let b = a; b <= text.length; b++) {
      t.deepEqual(await linesOf([text.slice(0, a), text.slice(a, b), text.slice(b)]), {
        lines: ['one', '', 'two\r', ' three', 'four'],
        result: undefined,
      });
    }
  }
});

const gives = test.macro({
  async exec(t, chunks: readonly string[], lines: readonly string[]) {
    t.deepEqual(await linesOf(chunks), { lines, result: undefined });
  },
  title: (given = '') => given,
});
test('R-EMPTY: nothing is no line', gives, [], []);
test('R-EMPTY: empty chunks are no lines', gives, ['', '', ''], []);
test('a last line feed begins no line', gives, ['a\n'], ['a']);
test('a last line needs no line feed', gives, ['a\nb'], ['a', 'b']);
test('line feeds alone are empty lines', gives, ['\n\n', '\n'], ['', '', '']);
test('only a line feed ends a line', gives, ['a\rb\u0085c\u000bd\r', '\ne'], ['a\rb\u0085c\u000bd\r', 'e']);
test('a line may span many chunks', gives, ['a', 'b', '', 'c', 'd\n', 'e'], ['abcd', 'e']);

test('a fault drops the line it broke off, and no other', async (t) => {
  t.deepEqual(await linesOf(['a\nb', 'c\nd'], 'cut'), { lines: ['a', 'bc'], result: 'cut' });
  t.deepEqual(await linesOf(['a\nb\n'], 'cut'), { lines: ['a', 'b'], result: 'cut' });
  t.deepEqual(await linesOf(['abc'], 'cut'), { lines: [], result: 'cut' });
  t.deepEqual(await linesOf([], 'cut'), { lines: [], result: 'cut' });
});

test('a line that is too long is one place in the order of lines, wherever chunks end', async (t) => {
  const text = 'a\nbcdefghijklmnop\nc\n';
  for (let chunkLength = 1; chunkLength <= 8; chunkLength++) {
    const chunks = text.match(new RegExp(`[^]{1,${chunkLength}}`, 'g')) ?? [];
    t.deepEqual(await linesOf(chunks, undefined, 6), { lines: ['a', '…', 'c'], result: undefined });
  }
});

test('too long lines at the end, one after another, and before a fault', async (t) => {
  t.deepEqual(await linesOf(['a\nbbb', 'bbb', 'bb'], undefined, 4), { lines: ['a', '…'], result: undefined });
  t.deepEqual(await linesOf(['bbbbb', 'b\n', 'ccccc', 'c\n', 'd'], undefined, 4), {
    lines: ['…', '…', 'd'],
    result: undefined,
  });
  t.deepEqual(await linesOf(['a\nbbb', 'bbb', 'bb'], 'cut', 4), { lines: ['a'], result: 'cut' });
});

test('whoever stops early lets the chunks go', async (t) => {
  let isLetGo = false;
  async function* inflated(): AsyncGenerator<Uint8Array, undefined> {
    try {
      for (;;) yield Buffer.from('a line\n');
    } finally {
      isLetGo = true;
    }
  }
  for await (const block of lineBlocks(inflated())) {
    t.is(block.kind, 'lines');
    break;
  }
  t.true(isLetGo);
});

test('what the chunks throw goes through', async (t) => {
  async function* inflated(): AsyncGenerator<Uint8Array, undefined> {
    yield Buffer.from('a\nb');
    throw new Error('connection reset');
  }
  await t.throwsAsync(exhaust(lineBlocks(inflated())), { message: 'connection reset' });
});
