import { notMergeable } from './raw-stripe.ts';
import type { Reader } from './reader.ts';
import type { Sink } from './sink.ts';
import { createWriter, type FileSummary } from './writer.ts';

/**
 * Puts the stripes of all files, in this order and as they are, into one. The files must agree as `appendStripe` asks
 * for, and in the user metadata that more than one of them has.
 *
 * @throws {SchemaMismatchError} when they do not; what the sink got is then not an ORC file
 */
export async function mergeFiles(sink: Sink, inputs: readonly Reader[]): Promise<FileSummary> {
  const [first] = inputs;
  if (first === undefined) throw notMergeable('there is no file');
  const writer = await createWriter(sink, {
    schema: first.schema,
    compression: first.compression,
    ...(first.compression === 'NONE' ? {} : { compressionBlockSize: first.compressionBlockSize }),
    rowIndexStride: first.rowIndexStride,
    userMetadata: Object.fromEntries(mergedMetadata(inputs)),
  });
  try {
    for (const input of inputs) {
      for (const stripe of input.stripes.keys()) await writer.appendStripe(input, stripe);
    }
    return await writer.close();
  } finally {
    await writer.abort();
  }
}

function mergedMetadata(inputs: readonly Reader[]): Map<string, Uint8Array> {
  const merged = new Map<string, Uint8Array>();
  for (const [name, value] of inputs.flatMap(({ userMetadata }) => [...userMetadata])) {
    const before = merged.get(name);
    if (before !== undefined && Buffer.compare(before, value) !== 0) {
      throw notMergeable(`the files have different values of ${name}`);
    }
    merged.set(name, value);
  }
  return merged;
}
