import {
  agentToDo,
  archivedAgentToDo,
  auditLog,
  calculationPart,
  contract,
  cryptoMapping,
  equality,
  healthDeclaration,
  sanction,
  toDo,
  type MakeDocument,
} from './document.ts';
import type { Random } from './random.ts';

/** One Kafka topic as it looks in the corporate bucket. */
export interface SampleTopic {
  readonly name: string;
  /** Under this in the bucket, followed by the date. */
  readonly archive: 'ucfs_main' | 'ucfs_audit' | 'ucfs_equalities';
  /** Under this after the date; it loses hyphens and dots, and an archive shares its collection's folder. */
  readonly folder: string;
  readonly db: string;
  readonly collection: string;
  /** `audit` and `equality` envelopes carry neither db nor collection. */
  readonly envelope: 'business' | 'audit' | 'equality';
  /** Of all records. The shares of all topics add up to 1. */
  readonly share: number;
  /** Lines in an object, at most: small topics are polled every half second, large ones when 128 MB wait. */
  readonly objectLines: { readonly typical: number; readonly limit: number };
  /** The id of a new record as JSON text. */
  readonly makeId: (random: Random) => string;
  readonly makeDocument: MakeDocument;
}

const many = { typical: 60, limit: 500 } as const;

const uuidId = (random: Random): string => `{"id":"${random.uuid()}"}`;

/** Mostly `{"id": uuid}`, and a few of every other form that occurs. */
function mixedId(random: Random): string {
  const roll = random.below(100);
  if (roll < 80) return uuidId(random);
  if (roll < 87) return `{"declarationId":"${random.uuid()}"}`;
  if (roll < 92) return `"${random.uuid()}"`;
  if (roll < 96) return String(random.below(2 ** 31));
  if (roll < 98) return `{"id":${random.below(2 ** 31)}}`;
  return `{"id":"${random.uuid()}","createdDateTime":"2020-02-29T12:00:00.000+0000"}`;
}

const typedId = (random: Random): string =>
  `{"id":"${random.uuid()}","type":"${random.pick(['HOUSING', 'HOUSING', 'CHILDCARE'])}"}`;

/** The topics of the sample data. */
export const sampleTopics = [
  {
    name: 'db.calculator.calculationParts',
    archive: 'ucfs_main',
    folder: 'calculator/calculationParts',
    db: 'calculator',
    collection: 'calculationParts',
    envelope: 'business',
    share: 0.3,
    objectLines: { typical: 6_000, limit: 10_000 },
    makeId: typedId,
    makeDocument: calculationPart,
  },
  {
    name: 'data.businessAudit',
    archive: 'ucfs_audit',
    folder: 'data/businessAudit',
    db: 'data',
    collection: 'businessAudit',
    envelope: 'audit',
    share: 0.25,
    objectLines: { typical: 12_000, limit: 40_000 },
    makeId: (random) => `{"auditId":"${random.uuid()}"}`,
    makeDocument: auditLog,
  },
  {
    name: 'db.core.contract',
    archive: 'ucfs_main',
    folder: 'core/contract',
    db: 'core',
    collection: 'contract',
    envelope: 'business',
    share: 0.1,
    objectLines: many,
    makeId: mixedId,
    makeDocument: contract,
  },
  {
    name: 'db.core.toDo',
    archive: 'ucfs_main',
    folder: 'core/toDo',
    db: 'core',
    collection: 'toDo',
    envelope: 'business',
    share: 0.1,
    objectLines: many,
    makeId: uuidId,
    makeDocument: toDo,
  },
  {
    name: 'db.agent-core.agentToDo',
    archive: 'ucfs_main',
    folder: 'agent_core/agentToDo',
    db: 'agent-core',
    collection: 'agentToDo',
    envelope: 'business',
    share: 0.08,
    objectLines: many,
    makeId: uuidId,
    makeDocument: agentToDo,
  },
  {
    name: 'db.agent-core.agentToDoArchive',
    archive: 'ucfs_main',
    folder: 'agent_core/agentToDo',
    db: 'agent-core',
    collection: 'agentToDoArchive',
    envelope: 'business',
    share: 0.02,
    objectLines: many,
    makeId: uuidId,
    makeDocument: archivedAgentToDo,
  },
  {
    name: 'db.penalties-and-deductions.sanction',
    archive: 'ucfs_main',
    folder: 'penalties_and_deductions/sanction',
    db: 'penalties-and-deductions',
    collection: 'sanction',
    envelope: 'business',
    share: 0.05,
    objectLines: many,
    makeId: mixedId,
    makeDocument: sanction,
  },
  {
    name: 'db.core.healthAndDisabilityDeclaration',
    archive: 'ucfs_main',
    folder: 'core/healthAndDisabilityDeclaration',
    db: 'core',
    collection: 'healthAndDisabilityDeclaration',
    envelope: 'business',
    share: 0.03,
    objectLines: many,
    makeId: (random) => `{"declarationId":"${random.uuid()}"}`,
    makeDocument: healthDeclaration,
  },
  {
    name: 'data.equality',
    archive: 'ucfs_equalities',
    folder: 'data/equality',
    db: 'data',
    collection: 'equality',
    envelope: 'equality',
    share: 0.05,
    objectLines: many,
    makeId: (random) => `{"messageId":"${random.uuid()}"}`,
    makeDocument: equality,
  },
  {
    name: 'db.crypto.encryptedData.unencrypted',
    archive: 'ucfs_main',
    folder: 'crypto/encryptedData_unencrypted',
    db: 'crypto',
    collection: 'encryptedData.unencrypted',
    envelope: 'business',
    share: 0.02,
    objectLines: many,
    makeId: (random) => `"${random.uuid()}"`,
    makeDocument: cryptoMapping,
  },
] as const satisfies readonly SampleTopic[];

export type SampleTopicName = (typeof sampleTopics)[number]['name'];
