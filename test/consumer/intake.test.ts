import test from 'ava';
import { intake, type Intake } from '../../consumer/intake.ts';

/** Lets every step that is due happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate);
}

/** Asks to enter with each size; `inside` tells who got in, by place, and in which order. */
function enterAll(gate: Intake, sizes: readonly number[]): { inside: number[]; turnedAway: number[] } {
  const inside: number[] = [];
  const turnedAway: number[] = [];
  for (const [place, bytes] of sizes.entries()) {
    void gate.enter(bytes).then((isIn) => (isIn ? inside : turnedAway).push(place));
  }
  return { inside, turnedAway };
}

test('R-BYTES: objects enter in their order as long as their bytes fit', async (t) => {
  const gate = intake(100, () => true);
  const { inside } = enterAll(gate, [40, 50, 10, 1, 1]);
  await settle();
  t.deepEqual(inside, [0, 1, 2]);
  gate.leave(10);
  await settle();
  t.deepEqual(inside, [0, 1, 2, 3, 4]);
});

test('R-BYTES: many small objects are in work at once', async (t) => {
  const gate = intake(1 << 28, () => true);
  const { inside } = enterAll(
    gate,
    Array.from({ length: 1_000 }, () => 2_000),
  );
  for (let turn = 0; turn < 40; turn++) await settle();
  t.is(inside.length, 1_000);
});

test('R-BYTES: an object larger than the budget enters alone, and nothing enters beside it', async (t) => {
  const gate = intake(100, () => true);
  const { inside } = enterAll(gate, [10, 5_000, 1]);
  await settle();
  t.deepEqual(inside, [0]);
  gate.leave(10);
  await settle();
  t.deepEqual(inside, [0, 1]);
  gate.leave(5_000);
  await settle();
  t.deepEqual(inside, [0, 1, 2]);
});

test('nothing enters while no worker is free', async (t) => {
  let free = 2;
  const gate = intake(100, () => free > 0);
  const inside: number[] = [];
  for (const place of [0, 1, 2, 3]) {
    void gate.enter(1).then(() => {
      free -= 1;
      inside.push(place);
    });
  }
  await settle();
  t.deepEqual(inside, [0, 1]);
  free += 1;
  gate.leave(1);
  await settle();
  t.deepEqual(inside, [0, 1, 2]);
});

test('there is room to receive while few objects wait', async (t) => {
  let isFree = false;
  const gate = intake(100, () => isFree);
  const { signal } = new AbortController();
  enterAll(
    gate,
    Array.from({ length: 19 }, () => 1),
  );
  await gate.hasRoom(signal);
  enterAll(gate, [1]);
  let hasRoom = false;
  void gate.hasRoom(signal).then(() => (hasRoom = true));
  await settle();
  t.false(hasRoom);
  isFree = true;
  gate.leave(0);
  await settle();
  t.true(hasRoom);
});

test('R-STOP: waiting for room ends with the signal', async (t) => {
  const gate = intake(100, () => false);
  enterAll(
    gate,
    Array.from({ length: 30 }, () => 1),
  );
  const stop = new AbortController();
  const waiting = gate.hasRoom(stop.signal);
  stop.abort();
  await t.notThrowsAsync(waiting);
  await t.notThrowsAsync(gate.hasRoom(stop.signal));
});

test('R-STOP: closing turns away those who wait and those who come', async (t) => {
  const gate = intake(10, () => true);
  const before = enterAll(gate, [10, 5, 5]);
  await settle();
  gate.close();
  const after = enterAll(gate, [1]);
  await settle();
  gate.leave(10);
  await settle();
  t.deepEqual(before, { inside: [0], turnedAway: [1, 2] });
  t.deepEqual(after, { inside: [], turnedAway: [0] });
  await t.notThrowsAsync(gate.hasRoom(new AbortController().signal));
});
