import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { chunkMakers, type Chunk, type ChunkMakers } from '../src/chunk-makers.ts';
import { chunkRing, ringMemory } from '../src/chunk-ring.ts';
import { compressionKinds, type CompressionKind } from '../src/compression.ts';
import { borrowCrew, type HelperCrew } from '../src/helper-crew.ts';
import { random } from './helpers/random.ts';

const BLOCK = 2048;

/** Blocks of half random bytes, one of them short; some full ones need a chunk of their own length. */
const blocks = Array.from({ length: 21 }, (_, i) => {
  const r = random(i);
  return Buffer.from(
    Array.from({ length: i === 7 ? 50 : BLOCK }, (__, at) => (at % (i + 1) === 0 ? r.below(256) : 1)),
  );
});

function makers(
  kind: CompressionKind,
  workers: number,
  helpers?: Parameters<typeof chunkMakers>[3],
): ChunkMakers {
  return chunkMakers(
    { kind, strategy: 'SPEED', level: undefined, blockSize: BLOCK },
    workers,
    2 ** 20,
    helpers,
  );
}

function makeAll(made: ChunkMakers): Chunk[] {
  return blocks.flatMap((block, i) => made.make?.(block, i % 2 === 0 ? 'values' : 'structure') ?? []);
}

function bytesOf(chunks: readonly Chunk[]): string[] {
  return chunks.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
}

function alone(kind: CompressionKind): string[] {
  return bytesOf(makeAll(makers(kind, 1)));
}

/** A crew whose helpers are the test. */
function inHand() {
  const shape = { slots: 8, blockSize: BLOCK };
  const ring = chunkRing(ringMemory(shape), shape);
  const released: boolean[] = [];
  const release = (isIdle: boolean): void => void released.push(isIdle);
  return { ring, released, borrow: () => ({ ring, slots: shape.slots, release }) };
}

for (const kind of compressionKinds.filter((each) => each !== 'NONE' && each !== 'BROTLI')) {
  test(`${kind}: helpers make the chunks that the writer's thread makes`, async (t) => {
    const crews: HelperCrew[] = [];
    const borrow: typeof borrowCrew = (...wanted) => {
      const crew = borrowCrew(...wanted);
      if (crew !== undefined) crews.push(crew);
      return crew;
    };
    const made = makers(kind, 3, { borrow, patienceMs: 60_000 });
    const chunks = makeAll(made);
    // The first eight blocks fill the ring, and until `settle()` nobody but the helpers takes them.
    for (let slot = 0; slot < 8; slot++) while (crews[0]?.ring.isDone(slot) === false) await delay(5);
    t.is(chunks[0]?.bytes.length, 0);
    made.settle();
    t.deepEqual(bytesOf(chunks), alone(kind));
    made.close();
  });
}

test('without a helper at work the writer makes all chunks', (t) => {
  const { borrow, released } = inHand();
  const made = makers('ZLIB', 2, { borrow, patienceMs: 60_000 });
  const chunks = makeAll(made);
  made.settle();
  t.deepEqual(bytesOf(chunks), alone('ZLIB'));
  t.is(
    made.chunkBytes,
    chunks.reduce((sum, { bytes }) => sum + bytes.length, 0),
  );
  t.is(
    made.blockBytes,
    blocks.reduce((sum, { length }) => sum + length, 0),
  );
  made.close();
  t.deepEqual(released, [true]);
});

test('a helper that does not deliver is given up, and what it says later is not heard', (t) => {
  const { borrow, ring, released } = inHand();
  const made = makers('ZLIB', 3, { borrow, patienceMs: 20 });
  const chunks = makeAll(made);
  const slots = [ring.awaitJob(), ring.awaitJob()];
  const start = performance.now();
  made.settle();
  t.true(performance.now() - start < 2000);
  t.deepEqual(bytesOf(chunks), alone('ZLIB'));
  for (const slot of slots) ring.deliver(slot, Buffer.from('wrong'));
  const more = makeAll(made);
  t.deepEqual(bytesOf(more), alone('ZLIB'));
  made.settle();
  made.close();
  t.deepEqual(released, [false]);
});

test('a block that a helper cannot compress is compressed by the writer', (t) => {
  const { borrow, ring, released } = inHand();
  const made = makers('ZLIB', 2, { borrow, patienceMs: 60_000 });
  const [block = Buffer.alloc(0)] = blocks;
  const chunk = made.make?.(block, 'values');
  ring.deliver(ring.awaitJob(), undefined);
  made.settle();
  t.deepEqual(chunk && bytesOf([chunk]), alone('ZLIB').slice(0, 1));
  made.close();
  t.deepEqual(released, [true]);
});

test('a crew with a block in hand is not kept, one with blocks that wait is', (t) => {
  const { borrow, ring, released } = inHand();
  const idle = makers('ZLIB', 2, { borrow, patienceMs: 60_000 });
  makeAll(idle);
  ring.deliver(ring.awaitJob(), Buffer.from('done'));
  idle.close();
  t.is(ring.take(), undefined);
  const busy = makers('ZLIB', 2, { borrow, patienceMs: 60_000 });
  makeAll(busy);
  ring.awaitJob();
  busy.close();
  t.deepEqual(released, [true, false]);
});
