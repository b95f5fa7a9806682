import { readStripeFooter, type StripeFooter } from '../../src/metadata.ts';
import { readTail, unpack } from '../../src/tail.ts';

/** The footers of all stripes, and the bytes of all their streams under `stripe/column/KIND`. */
export async function streamsOf(
  file: Uint8Array,
): Promise<{ readonly footers: StripeFooter[]; readonly streams: Map<string, Buffer> }> {
  const source = {
    byteLength: file.length,
    slice: (start: number, end: number) => file.subarray(start, end),
  };
  const { footer, postScript } = await readTail(source);
  const streams = new Map<string, Buffer>();
  const footers = footer.stripes.map((stripe, number) => {
    const start = stripe.offset + stripe.indexLength + stripe.dataLength;
    const stripeFooter = readStripeFooter(
      unpack(file.subarray(start, start + stripe.footerLength), postScript),
    );
    let at = stripe.offset;
    for (const { column, kind, length } of stripeFooter.streams) {
      streams.set(`${number}/${column}/${kind}`, Buffer.from(file.subarray(at, at + length)));
      at += length;
    }
    return stripeFooter;
  });
  return { footers, streams };
}
