import { randomFrom, type Random } from '../schemas/sample/random.ts';

/** One change of one contract, as a row of a part has it. */
export interface ChangeRecord {
  readonly id: string;
  readonly idPart: number;
  readonly isDelete: boolean;
  readonly lastModifiedMs: number;
  /** Canonical JSON of some 325 bytes. */
  readonly val: string;
  /** Low and high 32 bits. */
  readonly fingerprint: Int32Array;
}

/** Record `number` of the benchmark, the same one every time; one in ten changes the contract of the one before. */
export function changeRecord(number: number): ChangeRecord {
  const isRepeat = number % 10 === 9;
  const uuid = randomFrom(`contract ${isRepeat ? number - 1 : number}`).uuid();
  const random = randomFrom(`change ${number}`);
  const isDelete = random.chance(0.02);
  const lastModifiedMs = FIRST_MS + random.below(DAY_MS);
  const fingerprint = Int32Array.of(random.below(2 ** 32), random.below(2 ** 32));
  const createdMs = lastModifiedMs - random.below(300) * DAY_MS - random.below(DAY_MS);
  const removed = isDelete ? `"_removedDateTime":${date(lastModifiedMs)},` : '';
  const val =
    `{"_id":{"id":"${uuid}"},"_lastModifiedDateTime":${date(lastModifiedMs)},${removed}` +
    `"_version":${random.below(40)},"citizenId":"${random.uuid()}","createdDateTime":${date(createdMs)},` +
    `"name":"${word(random, GIVEN_NAMES)} ${word(random, FAMILY_NAMES)}","payment":${money(random)},` +
    `"rent":${money(random)},"status":"${word(random, STATUSES)}","town":"${word(random, TOWNS)}"}`;
  return {
    id: `{"id":"${uuid}"}`,
    idPart: Number.parseInt(uuid.slice(0, 2), 16),
    isDelete,
    lastModifiedMs,
    val,
    fingerprint,
  };
}

const FIRST_MS = Date.UTC(2026, 10, 17);
const DAY_MS = 86_400_000;

function date(ms: number): string {
  return `{"$date":"${new Date(ms).toISOString()}"}`;
}

function money(random: Random): string {
  return (random.below(150_000) / 100).toFixed(2);
}

function word(random: Random, words: readonly string[]): string {
  return words[random.below(words.length)] ?? '';
}

const GIVEN_NAMES =
  'Aisha Bronwen Callum Dorota Efua Fergus Gwen Harpreet Imogen Józef Kwame Lakshmi Mairi Noor Owain Zoë'.split(
    ' ',
  );
const FAMILY_NAMES =
  'Ahmed Baker Campbell Davies Evans Fraser Hughes Iqbal Jones Kowalski Nguyen Okafor Patel Singh Zielińska'.split(
    ' ',
  );
const STATUSES = 'ACTIVE CLOSED OPEN PENDING SUSPENDED'.split(' ');
const TOWNS = 'Aberdeen Bradford Cardiff Exeter Glasgow Leeds Newcastle Preston Swansea Wolverhampton'.split(
  ' ',
);
