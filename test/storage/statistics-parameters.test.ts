import test from 'ava';
import { statisticsParameters } from '../../storage/statistics-parameters.ts';

test('statistics are whole numbers under the names of Hive, none of them said to be accurate', (t) => {
  const statistics = { rows: 12, bytes: 3_456, rawBytes: 2 ** 53 - 1, files: 2 };
  t.deepEqual(statisticsParameters(statistics), {
    numRows: '12',
    totalSize: '3456',
    rawDataSize: '9007199254740991',
    numFiles: '2',
  });
});

test('R-EMPTY: of nothing, everything is nought', (t) => {
  t.deepEqual(statisticsParameters({ rows: 0, bytes: 0, rawBytes: 0, files: 0 }), {
    numRows: '0',
    totalSize: '0',
    rawDataSize: '0',
    numFiles: '0',
  });
});
