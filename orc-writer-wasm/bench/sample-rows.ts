// Rows of a table of events, the same every time: six strings from two to 106 characters with few and many distinct
// values, integers, a rising time, a double with 15 % nulls, a decimal, a boolean.

export const SCHEMA =
  'struct<user_id:bigint,status:int,ts:timestamp,score:double,amount:decimal(18,2),active:boolean,' +
  'country:string,path:string,url:string,agent:string,uuid:string,payload:string>';
export interface Row {
  readonly user_id: number;
  readonly status: number;
  readonly ts: string;
  readonly score: number | null;
  readonly amount: string;
  readonly active: boolean;
  readonly country: string;
  readonly path: string;
  readonly url: string;
  readonly agent: string;
  readonly uuid: string;
  readonly payload: string;
}

/** Every row as the JSON text of a `Row`. */
export function sampleLines(rows: number): string[] {
  let state = 1;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => below(16).toString(16)).join('');
  return Array.from({ length: rows }, (_, i) => {
    const row: Row = {
      user_id: below(1_000_000) * 1000 + below(50),
      status: [200, 201, 204, 301, 404, 500, 503][below(7)] ?? 0,
      ts: new Date(1.79e12 + i * 137).toISOString().replace('T', ' ').replace('Z', ''),
      score: below(100) < 15 ? null : below(1e9) / 1e7,
      amount: `${below(100_000)}.${String(below(100)).padStart(2, '0')}`,
      active: below(2) === 1,
      country: ['de', 'at', 'ch', 'fr', 'pl', 'nl'][below(6)] ?? '',
      path: `/v${below(3)}/items/${below(500)}`,
      url: `https://example.com/shop/${below(55_000)}/details`,
      agent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.${below(9)} (KHTML, like Gecko) Chrome/1${below(60)}.0.0.0 Safari/537.36`,
      uuid: `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(12)}`,
      payload: `{"a":"${hex(20)}","b":${below(1e6)},"c":"${hex(32)}","d":true}`,
    };
    return JSON.stringify(row);
  });
}
