import type { Readable } from 'node:stream';
import { ObjectChangedError, type ObjectBody } from './store.ts';

/** The bytes of an answer of S3, and how many it said there are. */
export interface AnsweredBytes {
  readonly stream: Readable;
  readonly bytes: number;
}

/** Asks for what is left after so many bytes; undefined when the object is no longer the same. */
export type Resume = (received: number) => Promise<AnsweredBytes | undefined>;

/** Connections that may break within one body: what is left is asked for anew. */
const MOST_RESUMES = 5;

/**
 * A body whose connection may break: it goes on where it broke off, from the same version of the object. Bytes that are
 * missing in the end are an error, as S3 told how many there are.
 */
export function resumingBody(
  key: string,
  answer: AnsweredBytes,
  resume: Resume,
  signal: AbortSignal | undefined,
): ObjectBody {
  let stream = quiet(answer.stream);

  async function* chunks(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for (let resumes = 0; ; resumes++) {
      let fault: unknown;
      try {
        for await (const chunk of stream as AsyncIterable<Uint8Array>) {
          signal?.throwIfAborted();
          received += chunk.length;
          yield chunk;
        }
      } catch (error) {
        fault = error;
      }
      signal?.throwIfAborted();
      if (received === answer.bytes && fault === undefined) return;
      const isLost = received >= answer.bytes || isChecksumFault(fault);
      if (isLost || resumes === MOST_RESUMES) throw brokenOff(key, received, answer.bytes, fault);
      const rest = await resume(received);
      if (rest === undefined) throw new ObjectChangedError(key);
      stream = quiet(rest.stream);
    }
  }

  const reading = chunks();
  return {
    [Symbol.asyncIterator]: () => reading,
    // Not by way of the generator: its `finally` does not run if it was never started.
    async [Symbol.asyncDispose]() {
      stream.destroy();
    },
  };
}

/** Bytes that were given away already are not those that were stored, as the SDK finds at the end. */
function isChecksumFault(fault: unknown): boolean {
  return fault instanceof Error && fault.message.startsWith('Checksum mismatch');
}

/** A connection that breaks before anybody reads is an error of the reading, not of the process. */
function quiet(stream: Readable): Readable {
  return stream.on('error', () => {});
}

function brokenOff(key: string, received: number, expectedBytes: number, cause: unknown): Error {
  const message = `S3: get ${JSON.stringify(key)}: broke off after ${received} of ${expectedBytes} bytes`;
  return new Error(message, { cause });
}
