import { chunkMakers } from './chunk-makers.ts';
import { chunkedStream } from './chunked-stream.ts';
import { mergedIdentity } from './file-identity.ts';
import { DISTINCT } from './merge-sorted.ts';
import { MAGIC } from './metadata.ts';
import { notMergeable, whyNotMergeable } from './raw-stripe.ts';
import type { Reader } from './reader.ts';
import { sinkWriter, type Sink } from './sink.ts';
import { tailWriter } from './tail-writer.ts';
import type { FileSummary } from './writer.ts';

/**
 * Puts the stripes of all files, in this order and as they are, into one, whoever wrote them. The files must agree in
 * schema with attributes, codec, file version, writer and its version, row index stride, calendar, and in the user
 * metadata that more than one of them has; every stripe must have statistics, and no column may be encrypted. No more
 * than one stripe is in memory.
 *
 * @throws {SchemaMismatchError} when they do not, before the sink gets anything
 */
export async function mergeFiles(sink: Sink, inputs: readonly Reader[]): Promise<FileSummary> {
  const [first, ...others] = inputs;
  if (first === undefined) throw notMergeable('there is no file');
  const traits = {
    ...first.traits,
    ...mergedIdentity(
      first.traits,
      others.map((input) => input.traits),
    ),
  };
  for (const input of inputs) {
    const reason = whyNotMergeable(traits, input.traits);
    if (reason !== undefined) throw notMergeable(reason);
    if ((await input.stripeStatistics()).length < input.stripes.length) {
      throw notMergeable('it has no statistics');
    }
  }
  const userMetadata = mergedMetadata(inputs);
  const compressionBlockSize = Math.max(...inputs.map((input) => input.compressionBlockSize));
  const { make } = chunkMakers(
    { kind: traits.compression, strategy: 'SPEED', level: undefined, blockSize: compressionBlockSize },
    1,
    0,
  );
  const tail = tailWriter(traits, (message) => {
    const stream = chunkedStream(make, compressionBlockSize, 'structure');
    stream.write(message);
    return stream.finish();
  });
  const write = sinkWriter(sink);
  await write([Buffer.from(MAGIC)]);
  let offset = MAGIC.length;
  for (const input of inputs) {
    for (const number of input.stripes.keys()) {
      const { bytes, information, statistics, statisticsMessage } = await input.rawStripe(number);
      await write([bytes]);
      tail.addStripe({ ...information, offset }, statistics, statisticsMessage);
      offset += bytes.length;
    }
  }
  const { pieces, rows, statistics } = tail.finish({
    contentLength: offset,
    compressionBlockSize,
    userMetadata,
  });
  await write(pieces);
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, offset);
  return { rows, bytes, stripes: tail.stripes, statistics };
}

function mergedMetadata(inputs: readonly Reader[]): Map<string, Uint8Array> {
  const merged = new Map<string, Uint8Array>();
  for (const [name, value] of inputs.flatMap(({ userMetadata }) => [...userMetadata])) {
    // What holds for each file need not hold for all of them.
    if (name === DISTINCT && inputs.length > 1) continue;
    const before = merged.get(name);
    if (before !== undefined && Buffer.compare(before, value) !== 0) {
      throw notMergeable(`the files have different values of ${name}`);
    }
    merged.set(name, value);
  }
  return merged;
}
