import type { ColumnBatch, ColumnVector } from 'orc-writer-wasm';

/** Columns of equal length, and what Arrow calls their types. */
export interface Table {
  readonly rows: number;
  readonly columns: readonly Column[];
}

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'int' | 'bigint' | 'timestamp' | 'double' | 'decimal(18,2)' | 'boolean';
  readonly vector: ColumnVector;
}

/**
 * The table of the benchmark: six strings (an address with some 55,000 distinct values in a million, a few hundred
 * agents of 106 bytes, a UUID, a payload of 84 bytes, two short ones), two integers, a rising time, a double with
 * 15 % nulls, a decimal, a boolean. The same rows every time; the first `n` of a longer table are those of a shorter.
 */
export function generateTable(rows: number): Table {
  const r = randomNumbers(20_150_101);
  const url = strings(rows, 40);
  const agent = strings(rows, 106);
  const uuid = strings(rows, 36);
  const payload = strings(rows, 84);
  const country = strings(rows, 2);
  const event = strings(rows, 12);
  const userId = new BigInt64Array(rows);
  const status = new Int32Array(rows);
  const millis = new Float64Array(rows);
  const score = new Float64Array(rows);
  const present = new Uint8Array((rows + 7) >> 3);
  const amount = new BigInt64Array(rows);
  const isMobile = new Uint8Array((rows + 7) >> 3);
  const agents = Array.from({ length: 300 }, () => agentText(r));
  let now = Date.UTC(2026, 0, 1);
  for (let row = 0; row < rows; row++) {
    const page = zipf(r, 64_000);
    url.push(
      `/catalogue/${SECTIONS[page % SECTIONS.length]}/item-${(page * 7919) % 64_007}?ref=${page % 13}`,
    );
    agent.push(agents[zipf(r, agents.length) - 1] ?? '');
    uuid.push(uuidText(r));
    payload.push(payloadText(r));
    country.push(COUNTRIES[Math.floor(r() ** 2 * COUNTRIES.length)] ?? '');
    event.push(EVENTS[Math.floor(r() ** 3 * EVENTS.length)] ?? '');
    userId[row] = BigInt(zipf(r, 1_000_000));
    status[row] = STATUSES[Math.floor(r() ** 4 * STATUSES.length)] ?? 0;
    now += 1 + Math.floor(r() * 200);
    millis[row] = now;
    if (r() >= 0.15) {
      setBit(present, row);
      score[row] = Math.round(r() * 1e5) / 1e3;
    }
    amount[row] = BigInt(Math.round(10 ** (r() * 7)));
    if (r() < 0.3) setBit(isMobile, row);
  }
  return {
    rows,
    columns: [
      { name: 'url', type: 'string', vector: url.vector() },
      { name: 'agent', type: 'string', vector: agent.vector() },
      { name: 'uuid', type: 'string', vector: uuid.vector() },
      { name: 'payload', type: 'string', vector: payload.vector() },
      { name: 'country', type: 'string', vector: country.vector() },
      { name: 'event', type: 'string', vector: event.vector() },
      { name: 'user_id', type: 'bigint', vector: { values: userId } },
      { name: 'status', type: 'int', vector: { values: status } },
      { name: 'created', type: 'timestamp', vector: { millis } },
      { name: 'score', type: 'double', vector: { values: score, present } },
      { name: 'amount', type: 'decimal(18,2)', vector: { values: amount } },
      { name: 'is_mobile', type: 'boolean', vector: { bits: isMobile } },
    ],
  };
}

export function schemaOf({ columns }: Table): string {
  return `struct<${columns.map(({ name, type }) => `${name}:${type}`).join(',')}>`;
}

/** Cuts a table; `batchRows` is a multiple of 8, so that bits begin with a byte. */
export function batchesOf({ rows, columns }: Table, batchRows: number): ColumnBatch[] {
  return Array.from({ length: Math.ceil(rows / batchRows) }, (_, i) => {
    const from = i * batchRows;
    const to = Math.min(rows, from + batchRows);
    return { size: to - from, columns: columns.map(({ vector }) => sliceOf(vector, from, to)) };
  });
}

function sliceOf(vector: ColumnVector, from: number, to: number): ColumnVector {
  if ('data' in vector) return { data: vector.data, offsets: vector.offsets.subarray(from, to + 1) };
  if ('bits' in vector) return { bits: vector.bits.subarray(from >> 3, (to + 7) >> 3) };
  if ('millis' in vector) return { millis: vector.millis.subarray(from, to) };
  if (!('values' in vector)) throw new TypeError('the table has no such column');
  const { values, present } = vector;
  const slots = { values: values.subarray(from, to) } as ColumnVector;
  return present === undefined ? slots : { ...slots, present: present.subarray(from >> 3, (to + 7) >> 3) };
}

/**
 * Deals the rows out to `count` tables, each sorted by its first column of strings without equal ones. Some strings of
 * that column come once more in another part, in a later row.
 */
export function sortedParts({ rows, columns }: Table, key: string, count: number): Table[] {
  const keys = columns.find(({ name }) => name === key)?.vector;
  if (keys === undefined || !('data' in keys)) throw new TypeError(`${key} is no column of strings`);
  const data = Buffer.from(keys.data);
  // A row takes the key of the one before it, which went to the part before.
  for (let row = 1; row < rows; row += REPEATED_EVERY) {
    const [start = 0, end = 0, next = 0] = keys.offsets.subarray(row - 1, row + 2);
    if (end - start !== next - end) throw new TypeError(`${key} has strings of different lengths`);
    data.copyWithin(end, start, end);
  }
  const texts = Array.from({ length: rows }, (_, row) =>
    data.toString('latin1', keys.offsets[row], keys.offsets[row + 1]),
  );
  const changed = columns.map((column) =>
    column.name === key ? { ...column, vector: { ...keys, data } } : column,
  );
  return Array.from({ length: count }, (_, part) => {
    const own = Array.from({ length: Math.ceil((rows - part) / count) }, (__, i) => i * count + part);
    own.sort((a, b) => ((texts[a] ?? '') < (texts[b] ?? '') ? -1 : 1));
    return {
      rows: own.length,
      columns: changed.map((column) => ({ ...column, vector: pick(column.vector, own) })),
    };
  });
}

const REPEATED_EVERY = 63;

function pick(vector: ColumnVector, rows: readonly number[]): ColumnVector {
  if ('data' in vector) {
    const data = Buffer.from(vector.data.buffer, vector.data.byteOffset, vector.data.length);
    const parts = rows.map((row) => data.subarray(vector.offsets[row], vector.offsets[row + 1]));
    const offsets = new Uint32Array(rows.length + 1);
    parts.forEach(({ length }, i) => {
      offsets[i + 1] = (offsets[i] ?? 0) + length;
    });
    return { data: Buffer.concat(parts), offsets };
  }
  if ('bits' in vector) return { bits: pickBits(vector.bits, rows) };
  if ('millis' in vector) return { millis: Float64Array.from(rows, (row) => vector.millis[row] ?? 0) };
  if (!('values' in vector)) throw new TypeError('the table has no such column');
  const { values, present } = vector;
  const picked = values.slice(0, rows.length);
  rows.forEach((row, i) => {
    picked.set(values.subarray(row, row + 1) as never, i);
  });
  const slots = { values: picked } as ColumnVector;
  return present === undefined ? slots : { ...slots, present: pickBits(present, rows) };
}

function pickBits(bits: Uint8Array, rows: readonly number[]): Uint8Array {
  const picked = new Uint8Array((rows.length + 7) >> 3);
  rows.forEach((row, i) => {
    if ((((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1) setBit(picked, i);
  });
  return picked;
}

interface StringBuilder {
  push(text: string): void;
  vector(): { readonly data: Uint8Array; readonly offsets: Uint32Array };
}

function strings(rows: number, longest: number): StringBuilder {
  const data = Buffer.allocUnsafe(rows * longest);
  const offsets = new Uint32Array(rows + 1);
  let count = 0;
  let end = 0;
  return {
    push(text) {
      end += data.write(text, end, 'latin1');
      offsets[++count] = end;
    },
    vector: () => ({ data: data.subarray(0, end), offsets }),
  };
}

const SECTIONS = ['garden', 'kitchen', 'office', 'outdoor', 'toys'];
const COUNTRIES = 'gb us de fr es it nl be se no dk fi pl cz at ch pt ie gr hu'.split(' ');
const EVENTS = 'view click scroll search add-to-cart purchase refund sign-in'.split(' ');
const STATUSES = [200, 304, 301, 404, 403, 500, 503];
const WORDS = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet'.split(' ');

function agentText(r: () => number): string {
  const version = `${90 + Math.floor(r() * 40)}.0.${Math.floor(r() * 9999)}.${Math.floor(r() * 200)}`;
  const text = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`;
  return text.padEnd(106, ';').slice(0, 106);
}

function uuidText(r: () => number): string {
  const hex = [0, 1, 2, 3].map(() =>
    Math.floor(r() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  );
  const [a = '', b = '', c = '', d = ''] = hex;
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

function payloadText(r: () => number): string {
  const word = (): string => WORDS[Math.floor(r() * WORDS.length)] ?? '';
  const text = `{"session":"${Math.floor(r() * 2 ** 32).toString(36)}","from":"${word()}","to":"${word()}","step":${Math.floor(r() * 1000)}}`;
  return text.padEnd(84);
}

/** 1 to `most`, small ones far more often: a number's chance goes down as the number goes up. */
function zipf(r: () => number, most: number): number {
  return Math.floor((most + 1) ** r());
}

function setBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
}

/** 0 to 1, the same sequence for the same seed (Marsaglia's xorshift). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
