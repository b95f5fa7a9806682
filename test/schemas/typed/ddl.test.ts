import test from 'ava';
import { DdlError } from '../../../schemas/typed/ddl-tokens.ts';
import { parseDdl } from '../../../schemas/typed/ddl.ts';
import { hiveColumns } from '../../../schemas/typed/table-types.ts';

const reads = test.macro({
  exec(t, ddl: string, expected: string) {
    t.is(
      hiveColumns(parseDdl(ddl))
        .map(({ name, type }) => `${name} ${type}`)
        .join('; '),
      expected,
    );
  },
  title: (title, ddl) => title ?? `reads ${JSON.stringify(ddl)}`,
});

test(
  reads,
  'a STRING, b STRUCT<c: INT, d: STRING>, e ARRAY<STRING>, f DECIMAL(12,2), g MAP<STRING, BIGINT>',
  'a string; b struct<c:int,d:string>; e array<string>; f decimal(12,2); g map<string,bigint>',
);
test(
  'all names of a type',
  reads,
  'a boolean, b TINYINT, c byte, d smallint, e short, f int, g integer, h bigint, i long, j float, k real, l double,' +
    'm date, n timestamp, o timestamp_ltz, p timestamp_ntz, q binary, r Decimal, s dec(5), t numeric( 38 , 38 )',
  'a boolean; b tinyint; c tinyint; d smallint; e smallint; f int; g int; h bigint; i bigint; j float; k float; ' +
    'l double; m date; n timestamp; o timestamp; p timestamp; q binary; r decimal(10,0); s decimal(5,0); ' +
    't decimal(38,38)',
);
test(
  'characters of a limited length are strings',
  reads,
  'a char(3), b VARCHAR(20), c character(1)',
  'a string; b string; c string',
);
test(
  'colons or none, spaces and comments anywhere',
  reads,
  ' a:int,b : array < struct<c int,d:struct<e : date>> > -- the end, or not\n,/* c int,\n */ f\tstring\n',
  'a int; b array<struct<c:int,d:struct<e:date>>>; f string',
);
test(
  'NOT NULL and COMMENT are left out, nested too',
  reads,
  `a int NOT NULL COMMENT 'it''s, \\' yes', b struct<c: int not null, d: int comment "x">, comment string comment ''`,
  'a int; b struct<c:int,d:int>; comment string',
);
test(
  'names of any characters in backticks, and words of the language',
  reads,
  '`b c` int, `d.e` int, `x``y` int, 1_abroad_for_more_than_one_month STRING, `ünï` int, struct int, array array<int>',
  'b c int; d.e int; x`y int; 1_abroad_for_more_than_one_month string; ünï int; struct int; array array<int>',
);
test('the columns as one struct', reads, 'STRUCT<a: INT, b: STRING>', 'a int; b string');
test(
  'nested at will',
  reads,
  'a array<array<map<string,array<int>>>>',
  'a array<array<map<string,array<int>>>>',
);

test('names keep their case for the documents', (t) => {
  t.deepEqual(parseDdl('camelCase STRUCT<Inner: INT>'), [
    { name: 'camelCase', type: { kind: 'struct', fields: [{ name: 'Inner', type: { kind: 'int' } }] } },
  ]);
});

const refuses = test.macro({
  exec(t, ddl: string, position: number, message: RegExp) {
    const error = t.throws(() => parseDdl(ddl), { instanceOf: DdlError, message });
    t.is(error?.position, position);
  },
  title: (_, ddl) => `refuses ${JSON.stringify(ddl)}`,
});

test(refuses, '', 0, /line 1, column 1: expected a name, found the end/);
test(refuses, 'a', 1, /expected a type, found the end/);
test(refuses, 'a int,', 6, /expected a name/);
test(refuses, 'a int b int', 6, /expected the end, found "b int"/);
test(
  refuses,
  'a int,\n  b text',
  11,
  /line 2, column 5: expected a type that JSON can be read as, found "text"/,
);
test(refuses, 'a int; ', 5, /found "; "/);
test(refuses, 'a-b int', 1, /found "-b int"/);
test(refuses, '`` int', 0, /expected a name/);
test(refuses, 'a array<>', 8, /expected a type/);
test(refuses, 'a array<int', 11, /expected ">"/);
test(refuses, 'a struct<>', 9, /expected a name/);
test(refuses, 'a struct<b:int:c>', 14, /expected ">"/);
test(refuses, 'a map<int,int>', 6, /expected STRING/);
test(refuses, 'a decimal(39,1)', 10, /expected a precision of 1 to 38/);
test(refuses, 'a decimal(5,6)', 12, /expected a scale/);
test(refuses, 'a decimal()', 10, /expected a precision/);
test(refuses, 'a char', 6, /expected "\("/);
test(refuses, 'a varchar(0)', 10, /expected a length/);
test(refuses, 'a string(5)', 8, /expected the end/);
test(refuses, 'a int not', 9, /expected NULL/);
test(refuses, 'a int comment b', 14, /expected the text of the comment/);
test(refuses, "a int comment 'b", 14, /found "'b"/);
test(refuses, 'a interval day', 2, /a type that JSON can be read as/);
test(refuses, 'userName int, b int, username string', 21, /a name that no other field here has/);
test(refuses, 'a struct<b: int, B: int>', 17, /a name that no other field here has/);
test(refuses, 'a int /* b', 6, /found/);
