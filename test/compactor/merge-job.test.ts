import { tmpdir } from 'node:os';
import test from 'ava';
import { mergeBatches, type ColumnBatch } from 'orc-writer-wasm';
import { rangesFor, shardsOf } from '../../compactor/id-part-ranges.ts';
import type { MergeJob, MergeResult } from '../../compactor/jobs.ts';
import { runMergeJob } from '../../compactor/merge-job.ts';
import { ConservationError } from '../../compactor/merge-proof.ts';
import { sliceBatch, takeRows } from '../../compactor/part-columns.ts';
import type { Merge } from '../../compactor/proven-merge.ts';
import type { Rule } from '../../compactor/row-identities.ts';
import { randomFrom, type Random } from '../../schemas/sample/random.ts';
import type { PublishedFileEntry } from '../../schemas/manifest.ts';
import { localStore } from '../../storage/local-store.ts';
import type { ObjectStore } from '../../storage/store.ts';
import { readRows } from '../helpers/compaction-bench.ts';
import { compareRows, plainRow, rowFile, type PlainRow } from '../helpers/live-part.ts';
import { newFolder } from '../helpers/queue-place.ts';

const rules: readonly Rule[] = ['changes', 'newest', 'delete-wins'];

for (const rule of rules) {
  test(`${rule}: random inputs give what a plain model gives, in any number of shards and passes`, async (t) => {
    const store = localStore(await newFolder(t));
    for (let seed = 1; seed <= 3; seed++) {
      const inputs = randomInputs(randomFrom(`${rule} ${seed}`), rule);
      const wanted = modelOf(rule, inputs.flat());
      const keys = await putInputs(store, seed, inputs);
      const whole = await run(store, rule, keys, { shards: 1 });
      t.deepEqual(whole.rows, wanted);
      t.is(whole.rowsIn, inputs.flat().length);
      t.is(whole.replaced, inputs.flat().length - wanted.length);
      t.is(whole.checksumIn, whole.checksumOut);
      t.is(whole.checksumOut, sumOf(wanted));
      for (const shards of [2, 7]) {
        const cut = await run(store, rule, keys, { shards });
        t.deepEqual(cut.files, whole.files);
        t.is(cut.rowsIn, whole.rowsIn);
      }
      const shuffled = await run(store, rule, keys.toReversed(), { shards: 1, mostInputs: 2 });
      t.deepEqual(shuffled.files, whole.files);
      t.is(shuffled.rowsIn, whole.rowsIn);
      t.is(shuffled.replaced, whole.replaced);
    }
  });
}

test('DELETE rows go apart when they are wanted apart', async (t) => {
  const store = localStore(await newFolder(t));
  const inputs = randomInputs(randomFrom('apart'), 'newest');
  const keys = await putInputs(store, 1, inputs);
  const job = jobOf('newest', keys, rangesFor(0));
  const result = await runMergeJob(store, { ...job, tombstonesPrefix: 'apart/' }, MEANS);
  const wanted = modelOf('newest', inputs.flat());
  t.deepEqual(
    await readRows(store, 'out/'),
    wanted.filter(({ dbType }) => dbType === 'INSERT'),
  );
  t.deepEqual(
    await readRows(store, 'apart/'),
    wanted.filter(({ dbType }) => dbType === 'DELETE'),
  );
  t.is(
    [...result.files, ...result.tombstones].reduce((sum, { rows }) => sum + rows, 0),
    result.totals.rowsOut,
  );
});

test('no rows make no file', async (t) => {
  const store = localStore(await newFolder(t));
  const keys = await putInputs(store, 1, [[], []]);
  const result = await runMergeJob(store, jobOf('changes', keys, rangesFor(0)), MEANS);
  t.deepEqual(result.files, []);
  t.is(result.totals.rowsIn, 0);
});

/** Merges that do one thing wrong, each once, somewhere in the middle. */
const broken: Record<string, (rule: Rule) => Merge> = {
  'leaves out a row': () => changing((batch, at) => dropRow(batch, at)),
  'gives a row twice': () => changing((batch, at) => doubleRow(batch, at)),
  'keeps the wrong one': (rule) => keepingTheOther(rule),
  'keeps all':
    () =>
    (schema, inputs, { sortKeys }) =>
      mergeBatches(schema, inputs, { sortKeys }),
  'pairs a row with the val of another': () => changing((batch, at) => exchangeColumn(batch, at, 4)),
  'pairs a row with the fingerprint of another': () => changing((batch, at) => exchangeColumn(batch, at, 5)),
  'pairs a row with the type of another': () => changing((batch, at) => exchangeTypes(batch, at)),
  'loses the last batch': () =>
    async function* (schema, inputs, order) {
      let held: ColumnBatch | undefined;
      const merged = mergeBatches(schema, inputs, order);
      for await (const batch of merged) {
        if (held !== undefined) yield held;
        held = takeRows(
          batch,
          Uint32Array.from({ length: batch.size - 1 }, (_, row) => row),
        );
      }
      return { rowsIn: 0, rowsOut: 0, duplicates: 0 };
    },
};

for (const [what, breakMerge] of Object.entries(broken)) {
  for (const rule of rules) {
    test(`${rule}: a merge that ${what} is refused`, async (t) => {
      const store = localStore(await newFolder(t));
      const keys = await putInputs(store, 1, randomInputs(randomFrom('broken'), rule));
      const job = jobOf(rule, keys, rangesFor(0));
      await t.throwsAsync(runMergeJob(store, job, MEANS, breakMerge(rule)), {
        instanceOf: ConservationError,
      });
      t.deepEqual(await readRows(store, 'out/'), [], 'nothing of it is there');
      await t.notThrowsAsync(runMergeJob(store, job, MEANS));
    });
  }
}

for (const rule of ['newest', 'delete-wins'] as const) {
  test(`${rule}: of a record that was dumped twice, the reading of the highest generation is kept`, async (t) => {
    const store = localStore(await newFolder(t));
    const before = plainRow({ val: '{"a":1}', fingerprint: 7n, sourceObject: 'a' });
    const again = { ...before, val: '{"a":2}', sourceObject: 'b', generation: 1_783_000_000_123 };
    const keys = await putInputs(store, 1, [[before], [again]]);
    for (const inputs of [keys, keys.toReversed()]) {
      t.deepEqual((await run(store, rule, inputs, { shards: 1 })).rows, [again]);
    }
  });
}

test('rows that are as good as each other and differ may be kept either way', async (t) => {
  const store = localStore(await newFolder(t));
  const one = plainRow({ val: '{"a":1}', fingerprint: 7n });
  const keys = await putInputs(store, 1, [[one], [{ ...one, val: '{"a":2}' }]]);
  const { totals } = await runMergeJob(store, jobOf('changes', keys, rangesFor(0)), MEANS);
  t.is(totals.rowsOut, 1);
});

test('a file that cannot be read is named', async (t) => {
  const store = localStore(await newFolder(t));
  const [key] = await putInputs(store, 1, [[plainRow()]]);
  if (key === undefined) throw new Error('no file');
  const job = jobOf('changes', [{ ...key, size: key.size + 1 }], rangesFor(0));
  await t.throwsAsync(runMergeJob(store, job, MEANS), { message: /in\/1-0\.orc cannot be read/ });
});

test('a file that is not sorted is refused', async (t) => {
  const store = localStore(await newFolder(t));
  const bytes = await rowFile([plainRow({ id: '"a"' }), plainRow({ id: '"b"' })], {}, (a, b) =>
    compareRows(b, a),
  );
  await store.put('in/a.orc', bytes);
  const job = jobOf('changes', [{ key: 'in/a.orc', size: bytes.length }], rangesFor(0));
  await t.throwsAsync(runMergeJob(store, job, MEANS), { message: /is not sorted/ });
});

interface Key {
  readonly key: string;
  readonly size: number;
}

async function putInputs(
  store: ObjectStore,
  seed: number,
  inputs: readonly (readonly PlainRow[])[],
): Promise<Key[]> {
  return Promise.all(
    inputs.map(async (rows, index) => {
      const key = `in/${seed}-${index}.orc`;
      const bytes = await rowFile(rows);
      await store.put(key, bytes);
      return { key, size: bytes.length };
    }),
  );
}

const MEANS = { writerWorkers: 1, scratchFolder: tmpdir() };

function jobOf(rule: Rule, keys: readonly Key[], ranges: MergeJob['ranges']): MergeJob {
  return {
    kind: 'merge',
    rule,
    inputs: keys.map((key) => [key]),
    ranges,
    prefix: 'out/',
    compression: 'ZLIB',
    userMetadata: { 'cdi.version': 'x' },
    mostInputs: 256,
    readSizes: { batchSize: 37, batchBytes: 2 ** 18, windowBytes: 2 ** 18 },
  };
}

interface Merged {
  readonly rows: readonly PlainRow[];
  readonly files: readonly PublishedFileEntry[];
  readonly rowsIn: number;
  readonly replaced: number;
  readonly checksumIn: bigint;
  readonly checksumOut: bigint;
}

async function run(
  store: ObjectStore,
  rule: Rule,
  keys: readonly Key[],
  { shards, mostInputs = 256 }: { readonly shards: number; readonly mostInputs?: number },
): Promise<Merged> {
  const results: MergeResult[] = [];
  const prefix = `out-${rule}-${shards}-${mostInputs}-${keys[0]?.key.replaceAll('/', '-')}/`;
  for (const ranges of shardsOf(rangesFor(8 * 2 ** 30), shards)) {
    results.push(await runMergeJob(store, { ...jobOf(rule, keys, ranges), prefix, mostInputs }, MEANS));
  }
  const sum = (of: (result: MergeResult) => bigint): bigint =>
    BigInt.asUintN(
      64,
      results.reduce((total, result) => total + of(result), 0n),
    );
  return {
    rows: await readRows(store, prefix),
    files: results.flatMap(({ files }) => files),
    rowsIn: Number(sum(({ totals }) => BigInt(totals.rowsIn))),
    replaced: Number(sum(({ totals }) => BigInt(totals.replaced))),
    checksumIn: sum(({ totals }) => totals.checksumIn),
    checksumOut: sum(({ totals }) => totals.checksumOut),
  };
}

/** Inputs with many records in common, sorted as files are. */
function randomInputs(random: Random, rule: Rule): PlainRow[][] {
  const ids = Array.from({ length: 150 }, (_, i) => `{"id":"${random.uuid()}","é🙂":${i % 7}}`);
  return Array.from({ length: 2 + random.below(7) }, (_, input) => {
    const rows = Array.from({ length: random.below(300) }, (): PlainRow => {
      const id = ids[random.below(ids.length)] ?? '';
      const change = random.below(4);
      // A record's fields follow from its fingerprint, as they do in parts.
      const lastModifiedMs = 1_000 * ((change * 7 + id.length) % 5);
      return plainRow({
        id,
        lastModifiedMs,
        dbType: (change + id.length) % 3 === 0 ? 'DELETE' : 'INSERT',
        val: `{"_id":${id},"change":${change},"text":"${'x'.repeat(change * 11)}"}`,
        sourceObject: `object ${random.below(3)} 🙂.jsonl.gz`,
        sourceLine: random.below(50),
        generation: rule === 'changes' ? random.pick([0, 0, 1_783_000_000_123]) : 0,
      });
    });
    return input === 0 ? [] : rows;
  });
}

/** Group, sort, take the first. */
function modelOf(rule: Rule, rows: readonly PlainRow[]): PlainRow[] {
  const keyOf = ({ id, fingerprint }: PlainRow): string => (rule === 'changes' ? `${fingerprint} ${id}` : id);
  const better: Record<Rule, (a: PlainRow, b: PlainRow) => number> = {
    changes: (a, b) => b.generation - a.generation || compareRows(a, b),
    newest: compareRows,
    'delete-wins': (a, b) => a.dbType.localeCompare(b.dbType) || compareRows(a, b),
  };
  const groups = Map.groupBy(rows, keyOf);
  return [...groups.values()]
    .flatMap((group) => group.toSorted(better[rule]).slice(0, 1))
    .toSorted(compareRows);
}

function sumOf(rows: readonly PlainRow[]): bigint {
  return BigInt.asUintN(
    64,
    rows.reduce((sum, { fingerprint }) => sum + fingerprint, 0n),
  );
}

/** A merge of which one batch is changed. */
function changing(change: (batch: ColumnBatch, at: number) => readonly ColumnBatch[]): Merge {
  return async function* (schema, inputs, order) {
    let isChanged = false;
    for await (const batch of mergeBatches(schema, inputs, order)) {
      if (isChanged || batch.size < 4) {
        yield batch;
      } else {
        isChanged = true;
        yield* change(batch, batch.size >> 1);
      }
    }
    return { rowsIn: 0, rowsOut: 0, duplicates: 0 };
  };
}

function dropRow(batch: ColumnBatch, at: number): readonly ColumnBatch[] {
  return [sliceBatch(batch, 0, at), sliceBatch(batch, at + 1, batch.size)];
}

function doubleRow(batch: ColumnBatch, at: number): readonly ColumnBatch[] {
  return [sliceBatch(batch, 0, at + 1), sliceBatch(batch, at, batch.size)];
}

/** Two rows have each other's value in a column. */
function exchangeColumn(batch: ColumnBatch, at: number, column: number): readonly ColumnBatch[] {
  const order = Uint32Array.from({ length: batch.size }, (_, row) =>
    row === at ? at + 1 : row === at + 1 ? at : row,
  );
  const exchanged = takeAll(batch, order).columns[column];
  if (exchanged === undefined) throw new Error(`no column ${column}`);
  return [{ size: batch.size, columns: batch.columns.with(column, exchanged) }];
}

function exchangeTypes(batch: ColumnBatch, at: number): readonly ColumnBatch[] {
  const types = batch.columns[2];
  if (types === undefined || !('ids' in types)) throw new Error('types have no dictionary');
  const other = types.ids.findIndex((type) => type !== types.ids[at]);
  const ids = types.ids.slice();
  ids[at] = types.ids[other] ?? 0;
  return [{ size: batch.size, columns: batch.columns.with(2, { ...types, ids }) }];
}

/** `takeRows` gives a batch of all rows as it is. */
function takeAll(batch: ColumnBatch, order: Uint32Array): ColumnBatch {
  const longer = { size: batch.size + 1, columns: batch.columns };
  return takeRows(longer, order);
}

/** Keeps another row of each key than it should: the last in place of the first or the best. */
function keepingTheOther(rule: Rule): Merge {
  return (schema, inputs, { sortKeys, dedupe }) => {
    if (dedupe === undefined) throw new Error('nothing is left out');
    const keep = rule === 'changes' ? 'first' : 'last';
    return mergeBatches(schema, inputs, { sortKeys, dedupe: { ...dedupe, keep } });
  };
}
