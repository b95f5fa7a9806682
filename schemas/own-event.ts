import { formEncoded } from './form-encoded.ts';

/** An object that we have read again, or for the first time without S3's event; what is not known is left out. */
export interface OwnEvent {
  readonly key: string;
  readonly size?: number | undefined;
  /** Pins the version that is to be read; without it the reader takes what is there. */
  readonly eTag?: string | undefined;
  readonly versionId?: string | undefined;
  /** Of the rows that the object becomes: the start of a reprocess run in epoch ms, or 0. */
  readonly generation: number;
}

/**
 * The body of a queue message that we send ourselves: S3's event about one object of the corporate bucket, with `cdi`
 * beside its records. It has the object ingested whatever its kind, coalesced ones and their copies included.
 *
 * @throws {RangeError} when the generation is none, see {@link isGeneration}.
 */
export function ownEvent({ key, size, eTag, versionId, generation }: OwnEvent): string {
  if (!isGeneration(generation)) throw new RangeError('this cannot be a generation');
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'corporate' }, object: { key: formEncoded(key), size, eTag, versionId } },
      },
    ],
    cdi: { generation },
  });
}

/** Whether it is a whole number from 0 that the metadata of a part can hold. */
export function isGeneration(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1e15;
}
