import { lineEnd } from './envelope.ts';
import type { LineFault } from './fault.ts';
import { sampleStream, type StreamOptions } from './stream.ts';
import { sampleTopics, type SampleTopicName } from './topic.ts';

export interface SampleLinesOptions extends Partial<StreamOptions> {
  readonly count: number;
  readonly topic?: SampleTopicName;
  /** Every good line has exactly so many bytes, without its line end; records that need more are left out. */
  readonly lineBytes?: number;
}

export interface SampleLine {
  /** Without a line end. */
  readonly text: string;
  /** What is wrong with the line, if anything is. */
  readonly fault: LineFault | undefined;
}

/**
 * Encrypted lines of one topic, the same ones every time, for tests and benchmarks.
 *
 * @throws {RangeError} when hardly any record of the topic fits into `lineBytes`.
 */
export function* sampleLines(options: SampleLinesOptions): Generator<SampleLine, void, undefined> {
  const { count, topic: topicName = 'db.calculator.calculationParts', lineBytes } = options;
  const topic = sampleTopics.find(({ name }) => name === topicName) ?? sampleTopics[0];
  const stream = sampleStream(topic, { seed: '1', faultShare: 0, ...options });
  let tooLong = 0;
  for (let made = 0, arrivalMs = firstArrivalMs; made < count; arrivalMs += 37) {
    const { start, fault } = stream.next(arrivalMs);
    const text = start + lineEnd(arrivalMs + 4_000);
    if (lineBytes !== undefined && fault === undefined && text.length > lineBytes) {
      tooLong += 1;
      if (tooLong > 1_000 + 10 * made)
        throw new RangeError(`${topicName} has no lines of ${lineBytes} bytes`);
      continue;
    }
    made += 1;
    yield { text, fault };
  }
}

const firstArrivalMs = Date.UTC(2026, 6, 2);
