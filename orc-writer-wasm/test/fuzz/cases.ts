import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSchema, type TypeDescription } from '../../src/schema.ts';
import { writeBatches } from '../helpers/memory-file.ts';
import { randomType, rawValue, rawVector } from '../helpers/nested.ts';
import { random } from '../helpers/random.ts';
import { mutate, type Mutant } from './mutation.ts';

export interface FuzzFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Larger files are slow, and have nothing that the others have not. */
const LARGEST_FILE = 400_000;

/** Foreign files, all of them where they are beside the checkout, and files of ours with every type and codec. */
export async function fuzzFiles(): Promise<FuzzFile[]> {
  const beside = fileURLToPath(new URL('../../../../shared/orc-examples/', import.meta.url));
  const folders = existsSync(beside)
    ? ['apache', 'apache/corrupt', 'apache/encrypted', 'orc-rust', 'generated'].map((name) => beside + name)
    : [fileURLToPath(new URL('../fixtures', import.meta.url))];
  const foreign = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.orc'))
      .toSorted()
      .map((name) => ({ name, bytes: readFileSync(`${folder}/${name}`) })),
  );
  const ours: FuzzFile[] = [];
  for (let seed = 1; seed <= 24; seed++) ours.push(await ownFile(seed));
  return [...foreign.filter(({ bytes }) => bytes.length > 0 && bytes.length < LARGEST_FILE), ...ours];
}

const everyType =
  'a:boolean,b:tinyint,c:smallint,d:int,e:bigint,f:float,g:double,h:string,i:binary,j:char(5),k:varchar(5),l:date,' +
  'm:timestamp,n:timestamp with local time zone,o:decimal(9,2),p:decimal(38,10)';

async function ownFile(seed: number): Promise<FuzzFile> {
  const r = random(seed);
  const compression = (['NONE', 'ZLIB', 'ZSTD', 'SNAPPY', 'LZ4', 'LZO'] as const)[seed % 6] ?? 'NONE';
  const nested = `q:${randomType(r, 3)},r:${randomType(r, 3)}`;
  const schema = parseSchema(`struct<${seed % 2 === 0 ? `${everyType},` : ''}${nested}>`);
  const rows = 600;
  const nulls = r.pick([0, 0.05, 0.5]);
  const columns = schema.children.map((type: TypeDescription) =>
    rawVector(
      type,
      Array.from({ length: rows }, () => rawValue(r, type, nulls)),
    ),
  );
  const bytes = await writeBatches([{ size: rows, columns }], {
    schema,
    compression,
    rowIndexStride: r.pick([100, 128]),
    stripeRowCount: r.pick([250, 1000]),
    compressionBlockSize: r.pick([64, 1024, 65_536]),
    ...(seed % 2 === 0 ? { bloomFilterColumns: ['d', 'h', 'm'], bloomFilterFpp: 0.5 } : {}),
  });
  return { name: `ours ${seed}`, bytes };
}

export interface FuzzCase extends Mutant {
  readonly file: string;
}

/** The same for the same seed and number. */
export async function fuzzCase(files: readonly FuzzFile[], seed: number, number: number): Promise<FuzzCase> {
  const r = random(seed * 1_000_003 + number);
  const { name, bytes } = r.pick(files);
  try {
    return { file: name, ...(await mutate(bytes, r)) };
  } catch {
    // Of the files some are refused as they are, so they cannot be taken apart.
    return { file: name, bytes, what: 'nothing' };
  }
}
