import type { Random } from '../helpers/random.ts';
import { putTogether, takeApart, type Changes, type StripeParts } from './parts.ts';
import { mutateMessage } from './wire.ts';

export interface Mutant {
  readonly bytes: Uint8Array;
  /** What was done, for people. */
  readonly what: string;
}

/** A damaged copy of a file. About half of the copies have right lengths around what is wrong. */
export async function mutate(file: Uint8Array, r: Random): Promise<Mutant> {
  const kinds = [
    flips,
    tailFlips,
    truncation,
    splice,
    zeros,
    fieldChange,
    fieldChange,
    streamChange,
    streamChange,
  ];
  return r.pick(kinds)(file, r);
}

function flips(file: Uint8Array, r: Random): Mutant {
  return withFlips(file, r, () => r.below(file.length));
}

/** The lengths are at the end. */
function tailFlips(file: Uint8Array, r: Random): Mutant {
  return withFlips(file, r, () => file.length - 1 - r.below(Math.min(file.length, 700)));
}

function withFlips(file: Uint8Array, r: Random, place: () => number): Mutant {
  const bytes = Buffer.from(file);
  const done = Array.from({ length: r.pick([1, 1, 1, 2, 5, 30]) }, () => {
    const at = place();
    bytes[at] = r.pick([0, 255, (bytes[at] ?? 0) ^ (1 << r.below(8)), r.below(256)]);
    return `${at}=${bytes[at]}`;
  });
  return { bytes, what: `bytes ${done.join(' ')}` };
}

function truncation(file: Uint8Array, r: Random): Mutant {
  const length = r.below(file.length);
  const isFront = r.below(4) === 0;
  return isFront
    ? { bytes: file.subarray(length), what: `the first ${length} bytes are missing` }
    : { bytes: file.subarray(0, length), what: `cut at ${length}` };
}

function splice(file: Uint8Array, r: Random): Mutant {
  const at = r.below(file.length);
  const from = r.below(file.length);
  const length = 1 + r.below(r.pick([4, 100, 5000]));
  const replaced = r.pick([0, length, length]);
  return {
    bytes: Buffer.concat([
      file.subarray(0, at),
      file.subarray(from, from + length),
      file.subarray(at + replaced),
    ]),
    what: `${length} bytes from ${from} at ${at} for ${replaced}`,
  };
}

function zeros(file: Uint8Array, r: Random): Mutant {
  const from = r.below(file.length);
  const to = Math.min(file.length, from + 1 + r.below(r.pick([4, 100, 5000])));
  return { bytes: Buffer.from(file).fill(0, from, to), what: `zeros from ${from} to ${to}` };
}

const unchanged: Changes = {
  stripeFooter: (bytes) => bytes,
  footer: (bytes) => bytes,
  metadata: (bytes) => bytes,
  postScript: (bytes) => bytes,
};

/** A field of one of the messages around the data. */
async function fieldChange(file: Uint8Array, r: Random): Promise<Mutant> {
  const parts = await takeApart(file);
  const done: string[] = [];
  const change = (bytes: Buffer): Buffer => {
    let result = bytes;
    for (let left = r.pick([1, 1, 1, 2, 4]); left > 0; left--) {
      const mutant = mutateMessage(result, r);
      result = mutant.bytes;
      done.push(mutant.what);
    }
    return result;
  };
  const target = r.pick([
    'footer',
    'footer',
    'stripeFooter',
    'stripeFooter',
    'metadata',
    'postScript',
  ] as const);
  const chosen = r.below(parts.stripes.length);
  const stripeFooter: Changes['stripeFooter'] = (bytes, stripe) =>
    stripe === chosen ? change(bytes) : bytes;
  const bytes = putTogether(parts, {
    ...unchanged,
    [target]: target === 'stripeFooter' ? stripeFooter : change,
  });
  return { bytes, what: `${target} ${done.join(', ')}` };
}

/** The content of a stream: a field of an index, else bytes of the data, which are then in chunks as they should be. */
async function streamChange(file: Uint8Array, r: Random): Promise<Mutant> {
  const parts = await takeApart(file);
  const stripe = r.below(parts.stripes.length);
  const stream = r.below(parts.stripes[stripe]?.streams.length ?? 0);
  let what = 'nothing';
  const stripes = parts.stripes.map((each, i) => (i === stripe ? changed(each) : each));
  return { bytes: putTogether({ ...parts, stripes }, unchanged), what };

  function changed({ streams, footer }: StripeParts): StripeParts {
    const mutated = streams.map(({ kind, content }, i) => {
      if (i !== stream || content.length === 0) return { kind, content };
      const isMessage = kind === 'ROW_INDEX' || kind.startsWith('BLOOM_FILTER');
      const mutant = isMessage && r.below(5) > 0 ? mutateMessage(content, r) : damaged(content);
      what = `stripe ${stripe} stream ${stream} ${kind}: ${mutant.what}`;
      return { kind, content: mutant.bytes };
    });
    return { streams: mutated, footer };
  }

  function damaged(content: Uint8Array): Mutant {
    return r.pick([flips, flips, truncation, splice, zeros])(content, r);
  }
}
