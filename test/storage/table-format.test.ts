import test from 'ava';
import { hiveDescriptor } from '../../storage/table-format.ts';

test('ORC is described as Hive does, with its columns taken by name', (t) => {
  t.deepEqual(hiveDescriptor({ format: 'orc', parameters: {} }), {
    tableType: 'EXTERNAL_TABLE',
    inputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat',
    serializationLibrary: 'org.apache.hadoop.hive.ql.io.orc.OrcSerde',
    serdeParameters: { 'serialization.format': '1', 'orc.column.index.access': 'false' },
    parameters: { EXTERNAL: 'TRUE', classification: 'orc' },
  });
});

test('JSON lines are text for the SerDe of OpenX, which is told to ignore nothing', (t) => {
  t.deepEqual(hiveDescriptor({ format: 'json-lines', parameters: {} }), {
    tableType: 'EXTERNAL_TABLE',
    inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
    serdeParameters: { 'serialization.format': '1' },
    parameters: { EXTERNAL: 'TRUE', classification: 'json' },
  });
});

test('what a table says of itself is kept, and goes before what its format says', (t) => {
  const parameters = { 'cdi.collection': 'a b+#🙂', 'orc.compress': 'ZSTD' };
  t.deepEqual(hiveDescriptor({ format: 'orc', parameters }).parameters, {
    EXTERNAL: 'TRUE',
    classification: 'orc',
    'cdi.collection': 'a b+#🙂',
    'orc.compress': 'ZSTD',
  });
});
