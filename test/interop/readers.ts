import { fileURLToPath } from 'node:url';
import type { Available, Python } from './environment.ts';
import type { Feature } from './features.ts';

/** A program that reads our files. It takes the path of a job and prints a line of JSON for each file. */
export interface ForeignReader {
  readonly name: string;
  readonly command: Available<readonly [string, ...string[]]>;
  /** What columns are kept from it for, and why it cannot have them. */
  readonly cannotRead: Readonly<Partial<Record<Feature, string>>>;
  /** The same of whole files that have such a column. */
  readonly cannotOpen?: Readonly<Partial<Record<Feature, string>>>;
  /** Filters that are not asked of it, by their literals. */
  readonly cannotFilter?: { readonly what: string; readonly literal: RegExp; readonly why: string };
}

/** @param jars the folder of Spark's Java libraries, ORC's among them */
export function foreignReaders(
  python: Available<Python>,
  java: Available<string>,
  jars: string,
): readonly ForeignReader[] {
  return [
    {
      name: 'Spark',
      command: sparkCommand('read_with_spark.py', python, java),
      cannotRead: { 'a null map in a map': 'its vectorised reader gives the map before' },
      cannotOpen: { 'a union': 'it has no such type' },
      cannotFilter: utf16Order,
    },
    {
      name: 'ClickHouse',
      // Its answers are read as Arrow.
      command: pythonCommand('read_with_clickhouse.py', needs(python, 'chdb', 'pyarrow')),
      cannotRead: {
        'a union': 'its Variant does not keep the numbers of variants',
        'a timestamp outside 1677 to 2262': 'it counts nanoseconds in 64 bits',
        'a date outside 1900 to 2299': 'its Date32 ends there',
        'a char of more bytes than characters': 'its FixedString counts bytes',
      },
      cannotFilter: {
        what: 'a fraction of a second before 1970',
        literal: /^(?:0\d|1[0-8]|19[0-6])\d.*:\d\d\.0*[1-9]/,
        why: 'it asks row groups for one of the next second',
      },
    },
    {
      name: 'ORC Java',
      command: javaCommand(java, needs(python, 'pyspark'), jars),
      cannotRead: {},
      cannotFilter: utf16Order,
    },
    {
      name: 'pyarrow',
      command: pythonCommand('read_with_pyarrow.py', needs(python, 'pyarrow')),
      cannotRead: {
        'a timestamp outside 1677 to 2262': 'it counts nanoseconds in 64 bits',
        'a union that is null': 'Arrow has no such unions',
        'a union in another type': 'Arrow may abort',
      },
    },
  ];
}

const utf16Order = {
  what: 'text from U+E000 on',
  literal: /[\ud800-\uffff]/,
  why: 'Java orders text by its UTF-16 units, unlike statistics',
};

/** A script that uses Spark. */
export function sparkCommand(
  script: string,
  python: Available<Python>,
  java: Available<string>,
): ForeignReader['command'] {
  return java.kind === 'missing' ? java : pythonCommand(script, needs(python, 'pyspark'));
}

function needs(python: Available<Python>, ...packages: readonly string[]): Available<Python> {
  if (python.kind === 'missing') return python;
  const refused = packages.find((name) => python.value.missing.has(name));
  return refused === undefined ? python : { kind: 'missing', why: python.value.missing.get(refused) ?? '' };
}

function pythonCommand(script: string, python: Available<Python>): ForeignReader['command'] {
  return python.kind === 'missing'
    ? python
    : { kind: 'there', value: [python.value.executable, '-B', pathOf(script)] };
}

function javaCommand(
  java: Available<string>,
  python: Available<Python>,
  jars: string,
): ForeignReader['command'] {
  if (java.kind === 'missing') return java;
  if (python.kind === 'missing') return python;
  // A run is too short for the best compiler to pay.
  const tuning = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
  return {
    kind: 'there',
    value: [java.value, ...tuning, '-Duser.timezone=UTC', '-cp', `${jars}/*`, pathOf('ReadWithJava.java')],
  };
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
