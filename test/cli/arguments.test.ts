import test from 'ava';
import { InvalidArgumentError } from 'commander';
import { collectionName } from '../../cli/arguments.ts';

const isTaken = test.macro({
  exec: (t, text: string, db: string, collection: string) =>
    t.deepEqual(collectionName(text), { db, collection }),
  title: (_, text: string) => `${JSON.stringify(text)} is a collection`,
});
test(isTaken, 'core:toDo', 'core', 'toDo');
test(isTaken, 'agent-core:encryptedData.x', 'agent-core', 'encryptedData.x');
test(isTaken, 'a b+#🙂:é', 'a b+#🙂', 'é');
test(isTaken, 'a:b:c', 'a', 'b:c');
test(isTaken, 'a::', 'a', ':');
test(isTaken, 'a:b\nc', 'a', 'b\nc');

const isRefused = test.macro({
  exec: (t, text: string) => void t.throws(() => collectionName(text), { instanceOf: InvalidArgumentError }),
  title: (_, text: string) => `${JSON.stringify(text)} is no collection`,
});
for (const text of ['', 'core', ':toDo', 'core:', ':', '--export-date']) test(isRefused, text);
