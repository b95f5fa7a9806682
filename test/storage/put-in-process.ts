import { localStore } from '../../storage/local-store.ts';
import { bytesOf } from './store-suite.ts';

/** Run as `put-in-process.ts FOLDER SEED`; writes a word for each put that was to store only what is absent. */
const [folder = '', seed = ''] = process.argv.slice(2);
const store = localStore(folder);
for (let round = 0; round < 10; round++) {
  await store.put('shared/contended 🙂', bytesOf(100_000, Number(seed)));
  const { kind } = await store.put(`once/${round}`, Buffer.from(seed), { ifAbsent: true });
  process.stdout.write(`${kind}\n`);
}
