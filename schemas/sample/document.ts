import type { Random } from './random.ts';
import { compactDay, offsetTime, zuluTime } from './timestamp.ts';

/** What a document says about its record; everything else in it is made up. */
export interface DocumentFacts {
  /** The `_id` as JSON text. */
  readonly idJson: string;
  readonly createdMs: number;
  readonly changedMs: number;
  /** Members to add, as JSON text with a leading comma, or nothing. */
  readonly moreMembers: string;
}

/** Makes the JSON text of a document before encryption. */
export type MakeDocument = (random: Random, facts: DocumentFacts) => string;

export const calculationPart: MakeDocument = (random, facts) => {
  const [start, end] = assessmentPeriod(facts.changedMs);
  const common =
    `"_id":${facts.idJson},"assessmentPeriod":{"startDate":${start},` +
    `"endDate":${end}},"createdDateTime":{"$date":"${zuluTime(facts.createdMs)}"},"_version":${random.below(40)}`;
  const amounts = `"awardAmount":${money(random, 900)},"maximumAmount":${money(random, 1400)}`;
  const details = facts.idJson.includes('CHILDCARE')
    ? `"childcareEntitlement":{"children":${random.below(5)},"reportedCosts":[{"provider":` +
      `"${random.pick(names)}","amount":${money(random, 400)}}],"cap":646.35}`
    : `"housingCalculation":{"eligibleRent":${money(random, 1200)},"bedrooms":${random.below(6)},` +
      `"postcodeArea":"${random.pick(postcodeAreas)}","underOccupancyRate":0.${random.pick([14, 25])}}`;
  return `{${common},"calculation":{${amounts},${details}}${facts.moreMembers}}`;
};

export const contract: MakeDocument = (random, facts) =>
  `{"_id":${facts.idJson},"declaredDate":${compactDay(facts.createdMs)},"startDate":${compactDay(facts.createdMs)},` +
  `"closedDate":${random.chance(0.2) ? compactDay(facts.changedMs) : 'null'},"people":["${random.uuid()}",` +
  `"${random.uuid()}"],"coupleContract":${random.chance(0.4)},"claimSuspension":{"currentValue":null},` +
  `"contractTypes":["INITIAL"${random.chance(0.1) ? ',"SELF_EMPLOYED"' : ''}],` +
  `"stillApplicable":true,"_version":${random.below(90)},"createdDateTime":"${offsetTime(facts.createdMs)}",` +
  `"_lastModifiedDateTime":"${offsetTime(facts.changedMs)}"${facts.moreMembers}}`;

export const toDo: MakeDocument = (random, facts) =>
  `{"_id":${facts.idJson},"type":"${random.pick(toDoTypes)}","status":"${random.pick(['OPEN', 'DONE', 'CLOSED'])}",` +
  `"contractId":"${random.uuid()}","claimantId":"${random.uuid()}","description":"${random.pick(sentences)}",` +
  `"reminders":["${offsetTime(facts.createdMs + dayMs)}","${offsetTime(facts.createdMs + 3 * dayMs)}"],` +
  `"dueDate":${compactDay(facts.createdMs + 7 * dayMs)},"paymentAtRisk":${money(random, 300)},` +
  `"createdDateTime":{"$date":"${zuluTime(facts.createdMs)}"},"_lastModifiedDateTime":{"$date":"${zuluTime(facts.changedMs)}"}` +
  `${facts.moreMembers}}`;

export const agentToDo: MakeDocument = (random, facts) =>
  `{"_id":${facts.idJson},"taskType":"${random.pick(toDoTypes)}","priority":${random.below(10)},"assignee":` +
  `{"name":"${random.pick(names)}","team":"${random.pick(offices)}"},"history":[{"at":{"$date":"${zuluTime(facts.createdMs)}"},` +
  `"by":"system"},{"at":{"$date":"${zuluTime(facts.changedMs)}"},"by":"${random.uuid()}"}],"notes":"${random.pick(sentences)}",` +
  `"weight":${random.below(100)}.50,"createdDateTime":"${zuluTime(facts.createdMs)}",` +
  `"_lastModifiedDateTime":"${offsetTime(facts.changedMs)}"${facts.moreMembers}}`;

export const archivedAgentToDo: MakeDocument = (random, facts) =>
  agentToDo(random, {
    ...facts,
    moreMembers: `,"_archivedDateTime":"${offsetTime(facts.changedMs)}","_archived":"complete"${facts.moreMembers}`,
  });

/** Free text with line ends, which this collection's tables must not have. */
export const sanction: MakeDocument = (random, facts) =>
  `{"_id":${facts.idJson},"citizenId":"${random.uuid()}","sanctionType":"${random.pick(['LOW', 'MEDIUM', 'HIGH'])}",` +
  `"reason":"${random.pick(sentences)}\\r\\n${random.pick(sentences)}","dailyRate":${money(random, 12)},` +
  `"days":${random.below(180)},"appeal":${random.chance(0.1) ? `{"raised":"${offsetTime(facts.changedMs)}"}` : 'null'},` +
  `"path":"C:\\\\new\\\\${random.pick(postcodeAreas)}","createdDateTime":"${offsetTime(facts.createdMs)}",` +
  `"_lastModifiedDateTime":"${offsetTime(facts.changedMs)}"${facts.moreMembers}}`;

export const healthDeclaration: MakeDocument = (random, facts) =>
  `{"_id":${facts.idJson},"claimantId":"${random.uuid()}","conditions":[{"text":"${random.pick(sentences)}\\n` +
  `${random.pick(sentences)}","since":${compactDay(facts.createdMs)}}],"fitNote":{"from":"${zuluTime(facts.createdMs)}",` +
  `"to":"${zuluTime(facts.createdMs + 28 * dayMs)}"},"hasTerminalIllness":false,"hoursWorked":${random.below(37)}.25,` +
  `"createdDateTime":"${zuluTime(facts.createdMs)}"${facts.moreMembers}}`;

/** The `_id` is not inside: the audit log carries its identity in the envelope. */
export const auditLog: MakeDocument = (random, facts) => {
  const type = random.pick(auditTypes);
  const auditId = random.uuid();
  return (
    `{"auditId":"${auditId}","obfuscatedToString":"${type} - {..}","aborted":false,"context":{` +
    `"CITIZEN_ID":"${random.uuid()}","CLAIMANT1_ID":"${random.uuid()}",` +
    `"CLAIMANT2_ID":${random.chance(0.3) ? `"${random.uuid()}"` : 'null'},"IP_ADDRESS":"10.${random.below(256)}.` +
    `${random.below(256)}.${random.below(256)}","CONTRACT_ID":"${random.uuid()}","AUDIT_ID":"${auditId}",` +
    `"AGENT_NAME":"${random.pick(names)}","OFFICE":"${random.pick(offices)}"${facts.moreMembers}},` +
    `"auditType":"${type}"}`
  );
};

export const equality: MakeDocument = (random, facts) =>
  `{"claimantId":"${random.uuid()}","sexualOrientation":"${random.pick(['HETEROSEXUAL', 'GAY', 'BI', 'REFUSED'])}",` +
  `"ethnicGroup":"${random.pick(['WHITE', 'MIXED', 'ASIAN', 'BLACK', 'OTHER'])}","ethnicitySubgroup":null,` +
  `"maritalStatus":"${random.pick(['SINGLE', 'MARRIED', 'DIVORCED'])}","religion":"${random.pick(['NONE', 'CHRISTIAN', 'MUSLIM', 'SIKH'])}",` +
  `"_lastModifiedDateTime":"${zuluTime(facts.changedMs)}"${facts.moreMembers}}`;

export const cryptoMapping: MakeDocument = (random, facts) =>
  `{"_id":${facts.idJson},"type":"NINO","cryptoId":"${random.uuid()}","serial":${random.below(2 ** 32)}${random.below(2 ** 32)},` +
  `"ratio":1e-${random.below(9)},"US$":{"value":"5 US$"},"createdDateTime":{"$date":"${offsetTime(facts.createdMs)}"}` +
  `${facts.moreMembers}}`;

const dayMs = 86_400_000;

const postcodeAreas = ['LS', 'NE', 'BT', 'CF', 'EH', 'M', 'SW'] as const;
const offices = ['Leeds', 'Newcastle', 'Ynys Môn', 'Dún Laoghaire', 'Glasgow', 'Wolverhampton'] as const;
const names = [
  'Zoë Baker',
  'Siân Rhys',
  'Łukasz Nowak',
  'Amara Okafor',
  'John Smith',
  '李 小龙',
  'Ali Khan',
] as const;
const toDoTypes = ['UPLOAD_EVIDENCE', 'VERIFY_HOUSING', 'AGREE_COMMITMENT', 'REPORT_EARNINGS'] as const;
const auditTypes = ['VIEW_CLAIM', 'LOGIN', 'CHANGE_ADDRESS', 'VIEW_PAYMENTS', 'AGENT_SEARCH'] as const;
const sentences = [
  'Rang the claimant, no answer',
  'Tenancy agreement received by post; “original” returned',
  'Asked for payslips of the last two months',
  'Moved to a new address on the 3rd',
  'Childcare costs were reported twice – checked 👍',
  'Rent is £525.50 a month including service charge',
] as const;

function money(random: Random, limitPounds: number): string {
  const pence = random.below(100);
  return `${random.below(limitPounds)}.${pence < 10 ? '0' : ''}${pence}`;
}

function assessmentPeriod(ms: number): readonly [start: string, end: string] {
  return [compactDay(ms - 30 * dayMs), compactDay(ms - dayMs)];
}
