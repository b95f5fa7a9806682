import test from 'ava';
import { localStore } from '../../storage/local-store.ts';
import { readText } from '../../storage/read-text.ts';
import { chunksOf } from '../helpers/chunks.ts';
import { newFolder } from '../helpers/queue-place.ts';

test('an object is read as text, whole', async (t) => {
  const store = localStore(await newFolder(t));
  const text = 'é🙂\n'.repeat(100_000);
  await store.put('a b+#🙂', Buffer.from(text));
  t.is(await readText(store, 'a b+#🙂'), text);
  await store.put('empty', Buffer.from(''));
  t.is(await readText(store, 'empty'), '');
});

test('a character may be cut in two where the body is', async (t) => {
  const store = localStore(await newFolder(t));
  await store.put('a', Buffer.from('🙂'));
  const bytes = Buffer.from('🙂');
  const cutting = {
    ...store,
    async get(key: string) {
      const found = await store.get(key);
      if (found.kind !== 'found') return found;
      await found.body[Symbol.asyncDispose]();
      const body = Object.assign(chunksOf(bytes.subarray(0, 2), bytes.subarray(2)), {
        [Symbol.asyncDispose]: async () => {},
      });
      return { ...found, body };
    },
  };
  t.is(await readText(cutting, 'a'), '🙂');
});

test('there is no text of what is not there', async (t) => {
  t.is(await readText(localStore(await newFolder(t)), 'a'), undefined);
});
