import { encryptDocument, lineEnd, lineStart, newDataKey, type DataKey, type Envelope } from './envelope.ts';
import { faultyLine, lineFaults, type LineFault } from './fault.ts';
import { randomFrom, type Random } from './random.ts';
import { offsetTime, zuluTime } from './timestamp.ts';
import type { SampleTopic } from './topic.ts';

/** A change as Kafka had it: a line up to where the time its object was written goes, in ASCII. */
export interface StreamLine {
  readonly start: string;
  /** What is wrong with the line, if anything is. */
  readonly fault: LineFault | undefined;
}

export interface StreamOptions {
  readonly seed: string;
  /** Of all lines, from 0 to 1. */
  readonly faultShare: number;
  /** Text put in every document, to find out later where plaintext went; letters and digits. */
  readonly marker?: string | undefined;
  /** Pads every good line to exactly so many bytes once it is stamped; lines that are longer stay as they are. */
  readonly lineBytes?: number | undefined;
}

/** The changes of one topic and partition, in the order in which they happen. */
export interface SampleStream {
  /** The next change; `arrivalMs` is when it reached Kafka. */
  next(arrivalMs: number): StreamLine;
}

/** Records that updates and deletes choose from; the oldest are forgotten, so that a stream needs little memory. */
const rememberedRecords = 2_048;

/** How many lines one data key serves, at most. */
const linesPerKey = 600;

const endBytes = lineEnd(0).length;

interface LiveRecord {
  readonly idJson: string;
  readonly createdMs: number;
}

export function sampleStream(topic: SampleTopic, options: StreamOptions): SampleStream {
  const random = randomFrom(options.seed);
  const faults = lineFaults(topic.envelope);
  const live: LiveRecord[] = [];
  let dataKey = newDataKey(random);
  let linesLeftForKey = linesPerKey;
  let nextFault = random.below(faults.length);

  function nextChange(arrivalMs: number): Change {
    const operation = chooseOperation(random, topic, live.length);
    const place = random.below(live.length);
    const record = live[place];
    const lagMs = random.below(90_000);
    if (operation === 'insert' || record === undefined) {
      const changedMs = arrivalMs - lagMs;
      const created = { idJson: topic.makeId(random), createdMs: changedMs };
      live[live.length < rememberedRecords ? live.length : place] = created;
      return { operation: 'insert', record: created, changedMs, arrivalMs };
    }
    if (operation === 'delete') {
      live[place] = live.at(-1) ?? record;
      live.pop();
    }
    const changedMs = Math.max(record.createdMs + 1, arrivalMs - lagMs);
    return { operation, record, changedMs, arrivalMs };
  }

  function nextKey(): DataKey {
    if (linesLeftForKey === 0) {
      dataKey = newDataKey(random);
      linesLeftForKey = 1 + random.below(linesPerKey);
    }
    linesLeftForKey -= 1;
    return dataKey;
  }

  return {
    next(arrivalMs) {
      const change = nextChange(arrivalMs);
      const document = topic.makeDocument(random, {
        ...change.record,
        changedMs: change.changedMs,
        moreMembers: moreMembers(change, options.marker, random),
      });
      const envelope = envelopeOf(topic, change, document, nextKey(), random);

      if (random.chance(options.faultShare)) {
        const fault = faults[nextFault % faults.length];
        nextFault += 1;
        if (fault !== undefined) return { start: faultyLine(fault, envelope, random), fault };
      }
      const start = lineStart(envelope);
      if (options.lineBytes === undefined) return { start, fault: undefined };
      const missingBytes = options.lineBytes - start.length - endBytes;
      return { start: paddedLine(envelope, document, missingBytes), fault: undefined };
    },
  };
}

type Operation = 'insert' | 'update' | 'delete';

interface Change {
  readonly operation: Operation;
  readonly record: LiveRecord;
  readonly changedMs: number;
  readonly arrivalMs: number;
}

/** The audit log and the equality answers are only ever added to. */
function chooseOperation(random: Random, topic: SampleTopic, liveRecords: number): Operation {
  if (topic.envelope !== 'business' || liveRecords === 0) return 'insert';
  const roll = random.below(100);
  if (roll < 50) return 'insert';
  return roll < 92 ? 'update' : 'delete';
}

/** Most deletes carry the record as it was; a few say inside when it was removed. */
function moreMembers(change: Change, marker: string | undefined, random: Random): string {
  const isMarkedRemoved = change.operation === 'delete' && random.chance(0.2);
  return (
    (isMarkedRemoved ? `,"_removedDateTime":{"$date":"${zuluTime(change.changedMs)}"}` : '') +
    (marker === undefined ? '' : `,"marker":"${marker}"`)
  );
}

function envelopeOf(
  topic: SampleTopic,
  change: Change,
  document: string,
  dataKey: DataKey,
  random: Random,
): Envelope {
  const iv = random.bytes(16);
  const isDelete = change.operation === 'delete';
  const isDated = isDelete || random.chance(0.97);
  return {
    traceId: random.uuid(),
    unitOfWorkId: random.uuid(),
    type: messageType(topic, change.operation),
    idJson: change.record.idJson,
    source: topic.envelope === 'business' ? topic : undefined,
    lastModifiedJson: isDated ? `"${offsetTime(change.changedMs)}"` : random.pick(['null', '""']),
    createdDateTime: isDated ? undefined : offsetTime(change.record.createdMs),
    removedDateTime: isDelete && random.chance(0.3) ? offsetTime(change.changedMs) : undefined,
    dataKey,
    iv,
    dbObject: encryptDocument(document, dataKey, iv),
    timestampCreatedFrom: isDated ? '_lastModifiedDateTime' : 'createdDateTime',
    version: 'core-4.release_152.16',
    timestamp: offsetTime(change.arrivalMs),
  };
}

function messageType(topic: SampleTopic, operation: Operation): string {
  if (topic.envelope === 'audit') return 'AUDIT_LOG';
  if (topic.envelope === 'equality') return 'EQUALITY_QUESTIONS_ANSWERED';
  return `MONGO_${operation.toUpperCase()}`;
}

/** Base64 grows four characters at a time, so the last few bytes go into the version. */
function paddedLine(envelope: Envelope, document: string, missingBytes: number): string {
  const freeBytes = (3 - (Buffer.byteLength(document) % 3)) % 3;
  const quads = Math.floor(missingBytes / 4);
  const padBytes = freeBytes + 3 * quads - ',"pad":""'.length;
  if (padBytes < 0) {
    return lineStart({ ...envelope, version: envelope.version + '0'.repeat(Math.max(0, missingBytes)) });
  }
  const padded = `${document.slice(0, -1)},"pad":"${'x'.repeat(padBytes)}"}`;
  return lineStart({
    ...envelope,
    version: envelope.version + '0'.repeat(missingBytes % 4),
    dbObject: encryptDocument(padded, envelope.dataKey, envelope.iv),
  });
}
