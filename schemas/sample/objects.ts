import { lineEnd } from './envelope.ts';
import type { LineFault } from './fault.ts';
import { randomFrom, type Random } from './random.ts';
import { sampleStream, type SampleStream } from './stream.ts';
import { sampleTopics, type SampleTopic } from './topic.ts';

export interface SampleObjectsOptions {
  /** Distinct records; replays come on top. */
  readonly records: number;
  readonly days: number;
  /** The source date of the newest objects, `YYYY-MM-DD`. */
  readonly lastDay: string;
  readonly seed: string;
  /** Lines that are unusable, of all lines from 0 to 1; above 0 there are also two unusable objects. */
  readonly faultShare?: number;
  /** Objects of which a part was written twice, of all objects from 0 to 1. */
  readonly replayShare?: number;
  /** Text put in every document, to find out later where plaintext went; letters and digits. */
  readonly marker?: string;
}

export interface SampleObject {
  readonly key: string;
  readonly topic: SampleTopic;
  readonly exportDate: string;
  /** What is wrong with each line, if anything is. */
  readonly faults: readonly (LineFault | undefined)[];
  /** The lines with their line ends. */
  readonly text: Buffer;
  /** Whether its records are in no other object of the same export date. */
  readonly isFirstOfItsDate: boolean;
  /** How the object itself is spoilt, if it is. */
  readonly spoilt: 'not-gzip' | 'truncated-gzip' | undefined;
}

/** A third of the changes of every topic goes to each. */
const partitions = 3;

/** The objects of a corporate bucket, day by day, and the same ones every time. */
export function* sampleObjects(options: SampleObjectsOptions): Generator<SampleObject, void, undefined> {
  const { records, days, lastDay, faultShare = 0 } = options;
  const lastDayMs = Date.parse(lastDay);
  const cursors = sampleTopics.flatMap((topic, index) =>
    topicCursors(topic, topicRecords(records, index), options),
  );

  for (let day = 0; day < days; day += 1) {
    const dayStartMs = lastDayMs - (days - 1 - day) * dayMs;
    const isLastDay = day === days - 1;
    for (const cursor of cursors) {
      const lines = portion(cursor.records, days, day);
      yield* objectsOfDay(cursor, lines, dayStartMs, isLastDay, options.replayShare ?? 0);
    }
    if (isLastDay && faultShare > 0) yield* spoiltObjects(cursors, dayStartMs);
  }
}

const dayMs = 86_400_000;

/** How far one topic and partition has come. */
interface Cursor {
  readonly topic: SampleTopic;
  readonly partition: number;
  readonly records: number;
  readonly stream: SampleStream;
  readonly random: Random;
  nextOffset: number;
}

interface OffsetLine {
  readonly offset: number;
  /** As bytes, because thousands of strings made of many pieces keep the garbage collector busy. */
  readonly start: Buffer;
  readonly fault: LineFault | undefined;
}

function topicCursors(topic: SampleTopic, records: number, options: SampleObjectsOptions): Cursor[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const seed = `${options.seed} ${topic.name} ${partition}`;
    return {
      topic,
      partition,
      records: portion(records, partitions, partition),
      stream: sampleStream(topic, { seed, faultShare: options.faultShare ?? 0, marker: options.marker }),
      random: randomFrom(`${seed} objects`),
      nextOffset: 0,
    };
  });
}

function* objectsOfDay(
  cursor: Cursor,
  lineCount: number,
  dayStartMs: number,
  isLastDay: boolean,
  replayShare: number,
): Generator<SampleObject, void, undefined> {
  const { random, topic } = cursor;
  for (let done = 0; done < lineCount;) {
    const size = Math.min(objectSize(random, topic), lineCount - done);
    const lines = Array.from({ length: size }, (_, index) =>
      nextLine(cursor, dayStartMs + Math.floor(((done + index + 0.5) / lineCount) * dayMs)),
    );
    done += size;
    const putMs = dayStartMs + Math.floor((done / lineCount) * (dayMs - 10_000));
    yield sampleObject(cursor, lines, dayStartMs, putMs, true);

    if (!random.chance(replayShare)) continue;
    if (!isLastDay && random.chance(0.5)) {
      const nextDayMs = dayStartMs + dayMs;
      yield sampleObject(cursor, lines, nextDayMs, nextDayMs + 30_000, true);
    } else if (size > 1) {
      // From the second line at the earliest: with the same offsets it would take the first object's key.
      const again = lines.slice(1 + random.below(size - 1));
      yield sampleObject(cursor, again, dayStartMs, putMs + 9_000, false);
    }
  }
}

/** One object that never was gzip and one whose upload broke off. */
function* spoiltObjects(
  cursors: readonly Cursor[],
  dayStartMs: number,
): Generator<SampleObject, void, undefined> {
  const cursor = cursors.find(({ topic }) => topic.name === 'db.core.toDo');
  if (cursor === undefined) return;
  for (const spoilt of ['not-gzip', 'truncated-gzip'] as const) {
    const lines = Array.from({ length: 50 }, () => nextLine(cursor, dayStartMs + dayMs - 60_000));
    const whole = sampleObject(cursor, lines, dayStartMs, dayStartMs + dayMs - 5_000, true);
    yield { ...whole, spoilt };
  }
}

function nextLine(cursor: Cursor, arrivalMs: number): OffsetLine {
  // Kafka leaves gaps, and the collector drops what it cannot read.
  if (cursor.random.chance(0.001)) cursor.nextOffset += 1;
  const offset = cursor.nextOffset;
  cursor.nextOffset += 1;
  const { start, fault } = cursor.stream.next(arrivalMs);
  return { offset, start: Buffer.from(start, 'latin1'), fault };
}

function sampleObject(
  { topic, partition }: Cursor,
  lines: readonly OffsetLine[],
  dayStartMs: number,
  putMs: number,
  isFirstOfItsDate: boolean,
): SampleObject {
  const sourceDate = isoDay(dayStartMs).replaceAll('-', '/');
  const name = `${topic.name}_${partition}_${lines[0]?.offset}-${lines.at(-1)?.offset}.jsonl.gz`;
  const end = Buffer.from(`${lineEnd(putMs)}\n`);
  return {
    key: `corporate_storage/${topic.archive}/${sourceDate}/${topic.folder}/${name}`,
    topic,
    exportDate: isoDay(dayStartMs + dayMs),
    faults: lines.map(({ fault }) => fault),
    text: Buffer.concat(lines.flatMap(({ start }) => [start, end])),
    isFirstOfItsDate,
    spoilt: undefined,
  };
}

/** Small topics give many tiny objects and now and then a larger one; large topics give what the day has. */
function objectSize(random: Random, { objectLines }: SampleTopic): number {
  const uniform = (1 + random.below(1_000)) / 1_001;
  return Math.min(objectLines.limit, Math.ceil(-Math.log(uniform) * objectLines.typical));
}

/** The records of one topic, so that those of all topics add up to `records`. */
function topicRecords(records: number, index: number): number {
  const upTo = (end: number): number =>
    Math.round(records * sampleTopics.slice(0, end).reduce((sum, { share }) => sum + share, 0));
  return upTo(index + 1) - upTo(index);
}

/** The size of one of `count` nearly equal portions that add up to `total`. */
function portion(total: number, count: number, index: number): number {
  return Math.floor((total * (index + 1)) / count) - Math.floor((total * index) / count);
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
