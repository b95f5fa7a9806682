import test from 'ava';
import { findCovering } from '../../consumer/covering.ts';
import { localStore } from '../../storage/local-store.ts';
import { newFolder } from '../helpers/queue-place.ts';
import { dataObject, sourceKey } from '../helpers/rows.ts';

/** Which of the objects is found for an original that is gone. */
const finds = test.macro({
  async exec(t, gone: string, there: readonly string[], expected: string | undefined) {
    const store = localStore(await newFolder(t));
    for (const key of there) await store.put(key, Buffer.from('content'));
    t.is((await findCovering(store, dataObject(gone)))?.key, expected);
  },
  title: (given = '') => `R-404: ${given}`,
});

const gone = sourceKey('100-199');
const wide = sourceKey('0_999');

test('the coalesced object that covers the offsets is found', finds, gone, [wide, sourceKey('0-99')], wide);
test('one with just these offsets covers them', finds, gone, [sourceKey('100_199')], sourceKey('100_199'));
test(
  'of several the narrowest is found',
  finds,
  gone,
  [wide, sourceKey('50_300'), sourceKey('100_999')],
  sourceKey('50_300'),
);
test('of copies the first is found', finds, gone, [`${wide}.10`, `${wide}.2`, `${wide}.3`], `${wide}.2`);
test('the first copy has no number', finds, gone, [`${wide}.2`, wide], wide);
test(
  'a narrower copy is better than a wide first',
  finds,
  gone,
  [wide, `${sourceKey('100_200')}.7`],
  `${sourceKey('100_200')}.7`,
);
test('offsets are compared as numbers', finds, sourceKey('9-10'), [sourceKey('8_11')], sourceKey('8_11'));
test(
  'offsets beyond 2^53 are told apart',
  finds,
  sourceKey('9007199254740993-9007199254740993'),
  [sourceKey('9007199254740992_9007199254740992')],
  undefined,
);
test('nothing there covers nothing', finds, gone, [], undefined);
test('one that begins too late does not cover', finds, gone, [sourceKey('101_199')], undefined);
test('one that ends too early does not cover', finds, gone, [sourceKey('100_198')], undefined);
test(
  'two that cover it only together do not',
  finds,
  gone,
  [sourceKey('0_150'), sourceKey('151_300')],
  undefined,
);
test('an original is no coalesced object', finds, gone, [sourceKey('0-999')], undefined);
test('another topic does not cover', finds, gone, [sourceKey('0_999', 'db.core.toDoArchive')], undefined);
test(
  'another partition does not cover',
  finds,
  gone,
  [wide.replace('_0_0_', '_1_0_'), wide.replace('_0_0_', '_00_0_')],
  undefined,
);
test(
  'another day does not cover',
  finds,
  gone,
  [sourceKey('0_999', 'db.core.toDo', '2026/07/03')],
  undefined,
);
test('other files of the folder do not disturb', finds, gone, [`${gone}.txt`, sourceKey('x_y'), wide], wide);
