import type { ColumnContext, ColumnWriter } from './column-writer.ts';
import type { Dictionary, DictionaryVector, StringVector } from './columns.ts';
import { region, type Region } from './core.ts';
import { directStrings, type StringCategory } from './direct-strings.ts';
import { SchemaMismatchError } from './errors.ts';
import { groupedColumn } from './grouped-column.ts';
import type { PresentBits } from './present-stream.ts';
import type { TypeDescription } from './schema.ts';
import { stringDictionary } from './string-dictionary.ts';
import { copyIn, SLACK } from './workspace.ts';

/** STRING, BINARY, CHAR and VARCHAR. Each stripe begins with a dictionary, if that is allowed, and may turn to direct encoding. */
export function stringColumn(
  context: ColumnContext,
  { id, category, maximumLength = 0 }: TypeDescription & { readonly category: StringCategory },
  name: string,
): ColumnWriter {
  const { workspace } = context;
  const { core } = workspace;
  const { kernels } = core;
  const direct = directStrings(context, category);
  const dictionary = stringDictionary(context);
  const mayUseDictionary =
    category !== 'binary' && context.dictionaryThreshold > 0 && !context.directColumns.has(id);
  let usesDictionary = mayUseDictionary;
  const bloom = context.bloomFilter(id);
  const padded = region(core);
  const source = {
    data: region(core),
    padded: region(core),
    addresses: region(core),
    lengths: region(core),
    /** For each entry of the caller's dictionary its number in ours and one more, or 0. */
    map: region(core),
    count: 0,
    epoch: -1,
  };
  /** Whose entries `source` holds, and the batch that they came with. */
  let loaded: { readonly dictionary: Dictionary; readonly batch: number } | undefined;

  return groupedColumn(
    context,
    {
      get heldBytes() {
        return usesDictionary ? dictionary.heldBytes : direct.heldBytes;
      },
      startGroup() {
        if (usesDictionary) dictionary.startGroup();
        else direct.startGroup();
      },
      append(vector, from, to, present, batch) {
        if ('ids' in vector) appendNumbered(vector, from, to, present, batch);
        else if ('data' in vector) appendPlain(vector, from, to, present);
        else throw badVector('data and offsets, or ids and dictionary');
      },
      endGroup() {
        if (!usesDictionary) direct.endGroup();
      },
      finish() {
        if (usesDictionary && !dictionary.isWorthwhile) {
          turnToDirect();
          direct.endGroup();
        }
        const finished = usesDictionary ? dictionary.finish() : direct.finish();
        dictionary.clear();
        usesDictionary = mayUseDictionary;
        return finished;
      },
    },
    bloom,
  );

  function appendPlain(vector: StringVector, from: number, to: number, { address, bit }: PresentBits): void {
    const offsets = vector.offsets.subarray(from, to + 1);
    const [start = 0] = offsets;
    const end = offsets[to - from] ?? -1;
    if (start > end || end > vector.data.length) throw badVector('offsets that rise and stay inside data');
    const data = copyIn(core, workspace.input, vector.data.subarray(start, end));
    const offsetsAt = copyIn(core, workspace.offsets, offsets);
    const addresses = workspace.addresses.reserve((to - from) * 4);
    const lengths = workspace.lengths.reserve((to - from) * 4);
    const size = end - start;
    const count = kernels.locateStrings(
      offsetsAt,
      to - from,
      address,
      bit,
      data,
      start,
      size,
      addresses,
      lengths,
    );
    if (count < 0) throw badVector('offsets that rise and stay inside data');
    fit(addresses, lengths, count, size, padded);
    bloom?.addStrings(addresses, lengths, count);
    const done = addToDictionary(count, (first, part) => (dictionaryAt, maximumBytes, ids) => {
      const at = first * 4;
      return kernels.intern(dictionaryAt, addresses + at, lengths + at, part, maximumBytes, ids);
    });
    direct.append(addresses + done * 4, lengths + done * 4, count - done);
  }

  function appendNumbered(
    vector: DictionaryVector,
    from: number,
    to: number,
    { address, bit }: PresentBits,
    batch: number,
  ): void {
    if (vector.ids.length < to) throw badVector('ids of one slot a row');
    const given = copyIn(core, workspace.input, vector.ids.subarray(from, to));
    const ids = workspace.ids.reserve((to - from) * 4);
    const count = kernels.copyIntegers(given, to - from, address, bit, ids);
    load(vector.dictionary, batch);
    if (bloom !== undefined) {
      const picked = pick(ids, count);
      bloom.addStrings(picked.addresses, picked.lengths, count);
    }
    const done = addToDictionary(count, (first, part) => (dictionaryAt, maximumBytes, out) => {
      if (source.epoch !== dictionary.epoch) {
        source.epoch = dictionary.epoch;
        core.bytes.fill(0, source.map.address, source.map.address + source.count * 4);
      }
      return kernels.internMapped(
        dictionaryAt,
        ids + first * 4,
        part,
        source.addresses.address,
        source.lengths.address,
        source.count,
        source.map.address,
        maximumBytes,
        out,
      );
    });
    const rest = pick(ids + done * 4, count - done);
    direct.append(rest.addresses, rest.lengths, count - done);
  }

  /** Entries of the caller's dictionary by their numbers. */
  function pick(ids: number, count: number): { readonly addresses: number; readonly lengths: number } {
    const addresses = workspace.addresses.reserve(count * 4);
    const lengths = workspace.lengths.reserve(count * 4);
    const areKnown = kernels.pickStrings(
      ids,
      count,
      source.addresses.address,
      source.lengths.address,
      source.count,
      addresses,
      lengths,
    );
    if (areKnown === 0) throw badVector('ids below the number of dictionary entries');
    return { addresses, lengths };
  }

  function load(given: Dictionary, batch: number): void {
    if (loaded?.dictionary === given && (given.isStable === true || loaded.batch === batch)) return;
    loaded = undefined;
    const { data, offsets } = given;
    const count = Math.max(0, offsets.length - 1);
    const dataAt = copyIn(core, source.data, data);
    const offsetsAt = copyIn(core, workspace.offsets, offsets);
    const addresses = source.addresses.reserve(count * 4);
    const lengths = source.lengths.reserve(count * 4);
    source.map.reserve(count * 4 + SLACK);
    const found = kernels.locateStrings(offsetsAt, count, 0, 0, dataAt, 0, data.length, addresses, lengths);
    if (found < 0) throw badVector('dictionary offsets that rise and stay inside data');
    fit(addresses, lengths, count, data.length, source.padded);
    source.count = count;
    source.epoch = -1;
    loaded = { dictionary: given, batch };
  }

  /** Brings `bytes` of strings to the length of a CHAR or VARCHAR. */
  function fit(addresses: number, lengths: number, count: number, bytes: number, room: Region): void {
    if (category === 'varchar') kernels.cutStrings(addresses, lengths, count, maximumLength);
    if (category !== 'char') return;
    const out = room.reserve(bytes + count * maximumLength + SLACK);
    kernels.padStrings(addresses, lengths, count, maximumLength, out);
  }

  /** Numbers values until all are done or the dictionary is given up; returns how many it took. */
  function addToDictionary(
    count: number,
    intern: (first: number, part: number) => Parameters<typeof dictionary.add>[1],
  ): number {
    let done = 0;
    while (usesDictionary && done < count) {
      const part = Math.min(count - done, dictionary.untilSample);
      const added = dictionary.add(part, intern(done, part));
      if (added < 0) throw badVector('ids below the number of dictionary entries');
      done += added;
      if (dictionary.isHopeless) turnToDirect();
    }
    return done;
  }

  /** Writes out directly what the dictionary holds; the last row group stays open. */
  function turnToDirect(): void {
    const { groupStarts } = dictionary;
    groupStarts.forEach((start, i) => {
      if (i > 0) direct.endGroup();
      direct.startGroup();
      const end = groupStarts[i + 1] ?? dictionary.count;
      if (end === start) return;
      const { addresses, lengths } = dictionary.locate(start, end);
      direct.append(addresses, lengths, end - start);
    });
    dictionary.clear();
    usesDictionary = false;
  }

  function badVector(needs: string): SchemaMismatchError {
    return new SchemaMismatchError('bad-vector', `column ${name} (${category}) needs ${needs}`);
  }
}
