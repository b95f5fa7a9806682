// Values that lie at the edges of what a type takes. `|` stands between them.

export type Choices = readonly [string, ...string[]];

export const leafTypes = choices(
  'string|string|boolean|tinyint|smallint|int|bigint|float|double|date|timestamp|timestamp_ntz|binary|decimal|' +
    'decimal(5,2)|decimal(12,2)|decimal(18,6)|decimal(38,0)|decimal(38,10)|decimal(20,20)|dec(1)',
);

export const fieldNames = choices(
  'a|b|B2|camelCase|_id|d_date|1_abroad|with space|dot.ted|tick`ed|ünïcode|🦉|quo"te',
);
export const otherNames = choices('|a|aa|b|Zz|other|k\u0001|back\\slash|é|🦉|\uff61|x\ny|__proto__');

export const oddRoots = choices('null|1|"x"|true|[]|[{"a":1}]|{}|[1]||   ');

export const integers = choices(
  '0|-0|10|40|127|128|-128|-129|255|256|32767|32768|-32769|2147483647|2147483648|-2147483648|-2147483649|' +
    '9223372036854775807|9223372036854775808|-9223372036854775808|-9223372036854775809|1234567890123456|' +
    '99999999999999999999|1577959872|16777217|9007199254740993|36028797018963969|9223372036855',
);
export const floats = choices(
  '1.0|-0.0|0.0|1.10|1E-7|1e2|1E+2|0e5|1e400|-1e400|1e-400|4.9e-324|0.1|0.001|0.0001|1234567.0|12345678.9|' +
    '12345678901234567890.5|1e22|1e37|1e38|3.40282356779733661637539395458142568447e38|3.4028235677973367e38|' +
    '7.006492321624086e-46|1.000000059604644775390625|1.00000005960464477539062500000001|16777217.0000000001|' +
    '999.995|999.994|0.005|-0.005|0.0049|99999999999999999999999999999999999999.4',
);
export const numberWords = choices('NaN|Infinity|+Infinity|-Infinity|INF|+INF|-INF|nan||1.5|-Infinity ');
export const decimalTexts = choices('1|+1|1.|.5|.||-|1,000.5|1,5|,1|,|1e2|1e|1E+2| 1|1 |0x1|1e9999|-0');

export const years = choices('0001|0000|1582|9999|12345|-0044|+2020|999');
export const oddDates = choices(
  '| |2020-|2020-01-|2020-01-02T|2020-01-02 x|2020-01-02x|2020/01/02|GMT2020-01-02|2020-01-02GMT|20200102|' +
    '1234567|9999999|-9999999|-12345678|-99999999|2147483647|2147483648|5|+5|-1| 5|007|-719164|2020-02-30|' +
    '2020-02-29|1900-02-29| 2020-01-02\t|+5881580-07-11|+5881580-07-12|-5877641-06-23|2020-01-02T10:00:00Z|' +
    '123456-01-01|--2020-01-01',
);
export const oddTimestamps = choices(
  '|2020|2020-01|2020-01-02|2020-01-02T|2020-01-02 x|2020-01-02T10|2020-01-02T10:11Z|' +
    '294247-01-10T04:00:54.775807Z|294247-01-10T04:00:54.775808Z|-290308-12-21T19:59:05.224192Z|' +
    '-290308-12-21T19:59:05.224191Z| 2020-01-02\n|2020-01-02T10:11:12.|2020-01-02T10:11:12.Z|' +
    'GMT2020-01-02T00:00:00|2020-01-02GMT|2020-01-02T24:00:00|2020-01-02t10:11:12|2020-02-30|999999-12-31|' +
    '1000000-01-01|0000-01-01T00:00:00Z|-0001-01-01|+2020-01-02 1:2:3|-T1:2',
);
export const zones = choices(
  '||Z|Z|Z|+00:00|+0100|-0130|+01|+1|-1:30|+01:1|+18:00|+18:01|-18:00|+0| UTC|UTC|UT|GMT|GMT+1| UTC-01:00| UT+1|' +
    'UTC+|utc|z|+00:00:01|+010000| EST| HST| PST| JST| XYZ| Europe/London| europe/london| America/New_York|' +
    '+00:60| Etc/GMT+5|GMT0|+1:00:00|+01:00Z|.5Z| |+|-| +05:30|GMTGMT',
);

/** None ends inside a group where Spark then loses its place in the document. */
export const oddBase64 = choices(
  '|YQ==|YQ|YWI=|YWI|YW Jj|YWJj\nYWJj| YWJj |!!!!|YQ==YQ==|YR==|_-8=|+/8=|YW=j|YQ=x|====',
);

export const fragments = choices(
  '|a|plain text|"|\\|/|\n|\t|\b|\f|\r|\u0000|\u001f|\u007f|é|漢|\u2028|\uffff|🦉|\u{10ffff}|<>|1.50|[1]',
);

function choices(text: string): Choices {
  const [first = '', ...others] = text.split('|');
  return [first, ...others];
}
