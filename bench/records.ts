import { decodeBase64 } from '../consumer/record/base64.ts';
import { beginCanonical, emptyCanonicalText } from '../consumer/record/canonical.ts';
import { dataKeyCipher, IV_LENGTH } from '../consumer/record/cipher.ts';
import { writeDocument } from '../consumer/record/document.ts';
import { findFields, readEnvelope, type Envelope } from '../consumer/record/envelope.ts';
import { fingerprint } from '../consumer/record/fingerprint.ts';
import { END, START, emptyText, reserveText, scanJson, type JsonText } from '../consumer/record/json.ts';
import { recordReader, type KnownKey, type WrappedKey } from '../consumer/record/read-record.ts';
import { stringValue } from '../consumer/record/strings.ts';
import { loadCollections } from '../schemas/load-collections.ts';
import { sampleLines, type SampleLinesOptions } from '../schemas/sample/lines.ts';
import { grouped, measure } from './measure.ts';

/** Few a round, so that some rounds meet an undisturbed machine. */
const RECORDS = 2_000;
const ROUNDS = 60;

/**
 * Records a second and megabytes a second on one core: envelopes of 1.2 KB and of whatever size sample data has, from
 * the bytes of a line to the row, decrypting included; then each stage on its own, as a share of the whole.
 */
export async function benchRecords(): Promise<void> {
  const findCollection = await loadCollections();
  const keys = new Map<string, KnownKey>();
  const findKey = ({ keyId, wrappedKey }: WrappedKey): KnownKey => {
    const name = keyId + wrappedKey;
    let known = keys.get(name);
    if (known === undefined) {
      known = { kind: 'key', decrypt: dataKeyCipher(Buffer.from(wrappedKey, 'base64').reverse()) };
      keys.set(name, known);
    }
    return known;
  };
  const read = recordReader(findCollection, findKey);

  for (const [title, options] of Object.entries(CASES)) {
    const lines = [...sampleLines({ ...options, count: RECORDS })].map(({ text }) => Buffer.from(text));
    const topic = { db: 'calculator', collection: 'calculationParts' };
    const bytes = lines.reduce((sum, line) => sum + line.length, 0);
    let rows = 0;
    const stages = stagesOf(lines, findKey);
    const times = await measure(
      {
        whole() {
          rows = 0;
          for (const line of lines) if (read(line, 0, line.length, topic).kind === 'row') rows += 1;
        },
        ...stages,
      },
      ROUNDS,
    );
    if (rows !== RECORDS) throw new Error(`${rows} rows of ${RECORDS} records`);
    const { whole, ...rest } = times;
    report(title, bytes, whole.seconds, Object.entries(rest));
  }
}

const CASES: Record<string, Omit<SampleLinesOptions, 'count'>> = {
  '1.2 KB envelopes': { lineBytes: 1_200 },
  'sample calculationParts': {},
  'sample contracts': { topic: 'db.core.contract' },
};

function report(
  title: string,
  bytes: number,
  seconds: number,
  stages: readonly (readonly [string, { readonly seconds: number }])[],
): void {
  const speed = `${grouped(RECORDS / seconds)} records/s, ${(bytes / seconds / 1e6).toFixed(0)} MB/s on one core`;
  print(`${title} (${grouped(bytes / RECORDS)} bytes): ${speed}`);
  for (const [name, stage] of stages) {
    const share = `${((stage.seconds / seconds) * 100).toFixed(0)} %`.padStart(5);
    print(`  ${share}  ${((stage.seconds / RECORDS) * 1e6).toFixed(2)} µs  ${name}`);
  }
}

/** The stages of a record, each on inputs made ready before. */
function stagesOf(lines: readonly Buffer[], findKey: (key: WrappedKey) => KnownKey) {
  const prepared = lines.map((line) => {
    const text = textOf(line);
    scanJson(text);
    findFields(text);
    const envelope = readEnvelope(text);
    if ('reason' in envelope) throw new Error(envelope.detail);
    return { text, envelope, document: documentOf(text, envelope, findKey) };
  });
  const scratch = emptyText();
  const bytes = new Uint8Array(1 << 20);
  const iv = new Uint8Array(IV_LENGTH);
  const out = emptyCanonicalText();
  const print64 = new Int32Array(2);
  const facts = { isRemoved: false, lastModifiedMs: 0 };
  const rules = { sanitise: true, stripLineBreaks: false, wrapDates: true };
  return {
    'scan the envelope'() {
      for (const line of lines) {
        reserveText(scratch, line.length, 0);
        scratch.bytes.set(line);
        scratch.length = line.length;
        scanJson(scratch);
      }
    },
    'read its fields'() {
      for (const { text } of prepared) {
        findFields(text);
        readEnvelope(text);
      }
    },
    'decode base64'() {
      for (const { text, envelope } of prepared) decodeField(text, envelope.dbObject, bytes);
    },
    'find the key and decrypt'() {
      for (const { text, envelope, document } of prepared) {
        const key = findKey(keyOf(text, envelope));
        if (key.kind === 'key') key.decrypt(bytes, document.length, iv);
      }
    },
    'scan the document'() {
      for (const { document } of prepared) scanJson(document);
    },
    'write the canonical text'() {
      for (const { document } of prepared) {
        document.free = document.length + 1;
        beginCanonical(out, document, 0);
        writeDocument(out, document, 0, rules, [], facts);
      }
    },
    fingerprint() {
      for (const line of lines) fingerprint(line, line.length, print64, 0);
    },
  };
}

function textOf(line: Uint8Array): JsonText {
  const text = emptyText();
  reserveText(text, line.length, 0);
  text.bytes.set(line);
  text.length = line.length;
  return text;
}

function keyOf(text: JsonText, envelope: Envelope): WrappedKey {
  return {
    keyId: stringValue(text, envelope.keyId) ?? '',
    wrappedKey: stringValue(text, envelope.wrappedKey) ?? '',
  };
}

function decodeField(text: JsonText, node: number, out: Uint8Array): number {
  return decodeBase64(
    text.bytes,
    text.nodes[node + START] as number,
    text.nodes[node + END] as number,
    out,
    0,
  );
}

function documentOf(text: JsonText, envelope: Envelope, findKey: (key: WrappedKey) => KnownKey): JsonText {
  const document = emptyText();
  const iv = new Uint8Array(64);
  decodeField(text, envelope.initialisationVector, iv);
  document.length = decodeField(text, envelope.dbObject, document.bytes);
  const key = findKey(keyOf(text, envelope));
  if (key.kind === 'key') key.decrypt(document.bytes, document.length, iv);
  if (scanJson(document) !== 'ok') throw new Error('a sample document that is no JSON');
  return document;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
