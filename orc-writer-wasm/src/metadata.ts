// The messages of orc_proto.proto that surround the data: PostScript, Footer, Metadata, StripeFooter, RowIndex.

import { compressionKinds, type CompressionKind } from './compression.ts';
import { FileFormatException, UnknownFormatException } from './errors.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { messageWriter, readFields, readPacked, type MessageWriter } from './protobuf.ts';
import { categories, type Category, type TypeDescription } from './schema.ts';
import { readStatistics, writeStatistics, type ColumnStatistics } from './statistics.ts';

export const MAGIC = 'ORC';

/** In the order of `Stream.Kind`. */
export const streamKinds = [
  'PRESENT',
  'DATA',
  'LENGTH',
  'DICTIONARY_DATA',
  'DICTIONARY_COUNT',
  'SECONDARY',
  'ROW_INDEX',
  'BLOOM_FILTER',
  'BLOOM_FILTER_UTF8',
  'ENCRYPTED_INDEX',
  'ENCRYPTED_DATA',
] as const;
export type StreamKind = (typeof streamKinds)[number];

/** In the order of `ColumnEncoding.Kind`. */
export const encodingKinds = ['DIRECT', 'DICTIONARY', 'DIRECT_V2', 'DICTIONARY_V2'] as const;
export type EncodingKind = (typeof encodingKinds)[number];

/** Of the file's format, not of its writer. A file that names none is 0.11. */
export type FileVersion = '0.11' | '0.12';

/** In the order of `CalendarKind`: what the dates of a file count in, if its writer said so. */
export const calendars = ['unknown', 'hybrid', 'proleptic'] as const;
export type Calendar = (typeof calendars)[number];

export interface PostScript {
  readonly fileVersion: FileVersion;
  readonly footerLength: number;
  readonly metadataLength: number;
  readonly compression: CompressionKind;
  readonly compressionBlockSize: number;
  readonly writerVersion: number;
}

/** Where a stripe is in its file, in bytes: from `offset` its indexes, data and footer lie behind one another. */
export interface StripeInformation {
  readonly offset: number;
  readonly indexLength: number;
  readonly dataLength: number;
  readonly footerLength: number;
  readonly numberOfRows: number;
}

export interface Footer {
  readonly headerLength: number;
  readonly contentLength: number;
  readonly stripes: readonly StripeInformation[];
  readonly schema: TypeDescription;
  readonly userMetadata: ReadonlyMap<string, Uint8Array>;
  readonly numberOfRows: number;
  readonly statistics: readonly ColumnStatistics[];
  readonly rowIndexStride: number;
  /** Absent in files of writers before ids were given out. */
  readonly writer?: number | undefined;
  readonly softwareVersion?: string | undefined;
  readonly calendar: Calendar;
  readonly isEncrypted: boolean;
}

export interface StreamInformation {
  readonly kind: StreamKind | 'unknown';
  readonly column: number;
  readonly length: number;
}

export interface ColumnEncoding {
  readonly kind: EncodingKind;
  readonly dictionarySize?: number;
  /** 1: the strings in its bloom filters are UTF-8. */
  readonly bloomEncoding?: number;
}

export interface StripeFooter {
  readonly streams: readonly StreamInformation[];
  readonly encodings: readonly ColumnEncoding[];
  readonly writerTimezone?: string;
}

/** One row group of one column: where its streams begin, as the flat list of orc.apache.org «Column encodings». */
export interface RowIndexEntry {
  readonly positions: readonly number[];
  readonly statistics: ColumnStatistics;
}

export function writePostScript(postScript: PostScript): Uint8Array {
  const message = messageWriter();
  message.varint(1, postScript.footerLength);
  message.varint(2, compressionKinds.indexOf(postScript.compression));
  if (postScript.compression !== 'NONE') message.varint(3, postScript.compressionBlockSize);
  message.packed(4, postScript.fileVersion.split('.').map(Number));
  message.varint(5, postScript.metadataLength);
  message.varint(6, postScript.writerVersion);
  message.string(8000, MAGIC);
  return message.finish();
}

export function writeFooter(footer: Footer): Uint8Array {
  const message = messageWriter();
  message.varint(1, footer.headerLength);
  message.varint(2, footer.contentLength);
  for (const stripe of footer.stripes) {
    message.message(3, (inner) => {
      inner.varint(1, stripe.offset);
      inner.varint(2, stripe.indexLength);
      inner.varint(3, stripe.dataLength);
      inner.varint(4, stripe.footerLength);
      inner.varint(5, stripe.numberOfRows);
    });
  }
  writeTypes(message, footer.schema);
  for (const [name, value] of footer.userMetadata) {
    message.message(5, (item) => {
      item.string(1, name);
      item.bytes(2, value);
    });
  }
  message.varint(6, footer.numberOfRows);
  for (const statistics of footer.statistics)
    message.message(7, (inner) => writeStatistics(inner, statistics));
  message.varint(8, footer.rowIndexStride);
  if (footer.writer !== undefined) message.varint(9, footer.writer);
  if (footer.calendar !== 'unknown') message.varint(11, calendars.indexOf(footer.calendar));
  if (footer.softwareVersion !== undefined) message.string(12, footer.softwareVersion);
  return message.finish();
}

function writeTypes(message: MessageWriter, type: TypeDescription): void {
  message.message(4, (inner) => {
    inner.varint(1, categories.indexOf(type.category));
    inner.packed(
      2,
      type.children.map((child) => child.id),
    );
    for (const name of type.fieldNames) inner.string(3, name);
    if (type.maximumLength !== undefined) inner.varint(4, type.maximumLength);
    if (type.precision !== undefined) inner.varint(5, type.precision);
    if (type.scale !== undefined) inner.varint(6, type.scale);
    for (const [key, value] of type.attributes ?? []) {
      inner.message(7, (pair) => {
        pair.string(1, key);
        pair.string(2, value);
      });
    }
  });
  for (const child of type.children) writeTypes(message, child);
}

/** The Metadata section: the `StripeStatistics` of every stripe. */
export function writeMetadata(stripes: readonly Uint8Array[]): Uint8Array {
  const message = messageWriter();
  for (const stripe of stripes) message.bytes(1, stripe);
  return message.finish();
}

export function writeStripeStatistics(columns: readonly ColumnStatistics[]): Uint8Array {
  const message = messageWriter();
  for (const statistics of columns) message.message(1, (inner) => writeStatistics(inner, statistics));
  return message.finish();
}

export function writeStripeFooter(footer: StripeFooter): Uint8Array {
  const message = messageWriter();
  for (const stream of footer.streams) {
    message.message(1, (inner) => {
      if (stream.kind !== 'unknown') inner.varint(1, streamKinds.indexOf(stream.kind));
      inner.varint(2, stream.column);
      inner.varint(3, stream.length);
    });
  }
  for (const encoding of footer.encodings) {
    message.message(2, (inner) => {
      inner.varint(1, encodingKinds.indexOf(encoding.kind));
      if (encoding.dictionarySize !== undefined) inner.varint(2, encoding.dictionarySize);
      if (encoding.bloomEncoding !== undefined) inner.varint(3, encoding.bloomEncoding);
    });
  }
  if (footer.writerTimezone !== undefined) message.string(3, footer.writerTimezone);
  return message.finish();
}

export function writeRowIndex(entries: readonly RowIndexEntry[]): Uint8Array {
  const message = messageWriter();
  for (const entry of entries) {
    message.message(1, (inner) => {
      inner.packed(1, entry.positions);
      inner.message(2, (statistics) => writeStatistics(statistics, entry.statistics));
    });
  }
  return message.finish();
}

/** Of a file that does not say it, or has no use for it because it is not compressed. */
export const DEFAULT_BLOCK_SIZE = 256 * 1024;
const LARGEST_BLOCK_SIZE = 2 ** 23 - 1;

/**
 * @throws {FileFormatException} when it is not a PostScript
 * @throws {UnknownFormatException} for a later version or codec
 */
export function readPostScript(bytes: Uint8Array): PostScript {
  const numbers = new Map<number, number>();
  let version: number[] = [];
  for (const { field, kind, value } of readFields(bytes)) {
    if (kind === 'varint') numbers.set(field, Number(value));
    else if (field === 4) version = readPacked(value);
  }
  const [major = 0, minor = 11] = version;
  if (major > 0 || minor > 12) {
    throw new UnknownFormatException('unknown-version', `file version ${major}.${minor} is not known`);
  }
  const fileVersion = minor === 12 ? '0.12' : '0.11';
  const compression = compressionKinds[numbers.get(2) ?? 0];
  if (compression === undefined)
    throw new UnknownFormatException('unknown-compression', 'the codec is not known');
  const compressionBlockSize =
    compression === 'NONE' ? DEFAULT_BLOCK_SIZE : (numbers.get(3) ?? DEFAULT_BLOCK_SIZE);
  if (!(compressionBlockSize > 0 && compressionBlockSize <= LARGEST_BLOCK_SIZE)) {
    throw new FileFormatException(
      'bad-tail',
      `the compression block size ${compressionBlockSize} is impossible`,
    );
  }
  return {
    fileVersion,
    footerLength: numbers.get(1) ?? 0,
    metadataLength: numbers.get(5) ?? 0,
    compression,
    compressionBlockSize,
    writerVersion: numbers.get(6) ?? 0,
  };
}

/**
 * @throws {FileFormatException} when it is not a Footer
 * @throws {MemoryLimitError} when it is larger than the budget, as all messages below
 */
export function readFooter(bytes: Uint8Array, budget?: MemoryBudget): Footer {
  const numbers = new Map<number, number>();
  const stripes: StripeInformation[] = [];
  const types: RawType[] = [];
  const userMetadata = new Map<string, Uint8Array>();
  const statistics: ColumnStatistics[] = [];
  let softwareVersion: string | undefined;
  let isEncrypted = false;
  for (const { field, kind, value } of readFields(bytes, budget)) {
    if (kind === 'varint') numbers.set(field, Number(value));
    else if (field === 3) stripes.push(readStripeInformation(value));
    else if (field === 4) types.push(readType(value, budget));
    else if (field === 5) {
      const [name, content] = readPair(value);
      userMetadata.set(text(name), content);
    } else if (field === 7) statistics.push(readStatistics(value));
    else if (field === 10) isEncrypted = true;
    else if (field === 12) softwareVersion = text(value);
  }
  const writer = numbers.get(9);
  return {
    headerLength: numbers.get(1) ?? 0,
    contentLength: numbers.get(2) ?? 0,
    stripes,
    schema: buildSchema(types),
    userMetadata,
    numberOfRows: numbers.get(6) ?? 0,
    statistics,
    rowIndexStride: numbers.get(8) ?? 0,
    calendar: calendars[numbers.get(11) ?? 0] ?? 'unknown',
    isEncrypted,
    ...(writer === undefined ? {} : { writer }),
    ...(softwareVersion === undefined ? {} : { softwareVersion }),
  };
}

function text(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

/** The bytes of fields 1 and 2. */
function readPair(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  const pair: [Uint8Array, Uint8Array] = [EMPTY, EMPTY];
  for (const { field, kind, value } of readFields(bytes)) {
    if (kind === 'bytes' && (field === 1 || field === 2)) pair[field - 1] = value;
  }
  return pair;
}

const EMPTY = new Uint8Array(0);

function readStripeInformation(bytes: Uint8Array): StripeInformation {
  const [, offset = 0, indexLength = 0, dataLength = 0, footerLength = 0, numberOfRows = 0] =
    readNumbers(bytes);
  if (![offset + indexLength + dataLength + footerLength, numberOfRows].every(Number.isSafeInteger)) {
    throw new FileFormatException('bad-footer', 'a stripe is impossibly large');
  }
  return { offset, indexLength, dataLength, footerLength, numberOfRows };
}

/** The varint fields of a message by field number. */
function readNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  for (const { field, kind, value } of readFields(bytes)) {
    if (kind === 'varint' && field < 16) numbers[field] = Number(value);
  }
  return numbers;
}

interface RawType {
  kind: number;
  subtypes: number[];
  fieldNames: string[];
  maximumLength?: number;
  precision?: number;
  scale?: number;
  attributes: Map<string, string>;
}

function readType(bytes: Uint8Array, budget: MemoryBudget | undefined): RawType {
  const type: RawType = { kind: 0, subtypes: [], fieldNames: [], attributes: new Map() };
  for (const { field, kind, value } of readFields(bytes, budget)) {
    if (kind === 'varint') {
      if (field === 1) type.kind = Number(value);
      if (field === 2) type.subtypes.push(Number(value));
      if (field === 4) type.maximumLength = Number(value);
      if (field === 5) type.precision = Number(value);
      if (field === 6) type.scale = Number(value);
    } else if (field === 2) {
      for (const subtype of readPacked(value, budget)) type.subtypes.push(subtype);
    } else if (field === 3) {
      type.fieldNames.push(text(value));
    } else if (field === 7) {
      const [key, content] = readPair(value);
      type.attributes.set(text(key), text(content));
    }
  }
  return type;
}

/** Deeper types are an attack on the stack. */
const DEEPEST = 500;

function buildSchema(types: readonly RawType[]): TypeDescription {
  let nextId = 0;
  const schema = build(0, 0);
  if (nextId !== types.length) throw new FileFormatException('bad-footer', 'the types do not form a tree');
  return schema;

  function build(expectedId: number, depth: number): TypeDescription {
    const type = types[nextId];
    // Ids count in pre-order, so a subtype that is not the next one is a cycle or a second parent.
    if (type === undefined || expectedId !== nextId || depth > DEEPEST) {
      throw new FileFormatException('bad-footer', 'the types do not form a tree');
    }
    const category = categories[type.kind];
    if (category === undefined)
      throw new UnknownFormatException('unknown-type', `type ${type.kind} is not known`);
    const id = nextId++;
    const children = type.subtypes.map((subtype) => build(subtype, depth + 1));
    if (!hasRightChildren(category, children.length)) {
      throw new FileFormatException('bad-footer', `a type ${category} has ${children.length} types inside`);
    }
    if (category === 'struct' && type.fieldNames.length !== children.length) {
      throw new FileFormatException('bad-footer', 'a struct has not one name a field');
    }
    const { fieldNames, maximumLength, precision, scale, attributes } = type;
    return {
      category,
      id,
      maximumId: nextId - 1,
      fieldNames,
      children,
      ...(maximumLength === undefined ? {} : { maximumLength }),
      ...(category === 'decimal' ? digits(precision, scale) : {}),
      ...(attributes.size === 0 ? {} : { attributes }),
    };
  }
}

function hasRightChildren(category: Category, count: number): boolean {
  switch (category) {
    case 'struct':
      return true;
    case 'array':
      return count === 1;
    case 'map':
      return count === 2;
    case 'uniontype':
      return count > 0 && count <= 256;
    default:
      return count === 0;
  }
}

/** Hive 0.11 knew no precision; what it wrote is read as Java reads it. */
function digits(precision = 0, scale = 0): { precision: number; scale: number } {
  if (precision === 0) return { precision: 38, scale: 10 };
  if (precision > 38 || scale > precision) {
    throw new FileFormatException('bad-footer', `decimal(${precision},${scale}) is impossible`);
  }
  return { precision, scale };
}

/** The `StripeStatistics` of every stripe. */
export function readMetadata(bytes: Uint8Array, budget?: MemoryBudget): Uint8Array[] {
  return repeated(bytes, budget);
}

/** A list of columns. */
export function readStripeStatistics(bytes: Uint8Array, budget?: MemoryBudget): ColumnStatistics[] {
  return repeated(bytes, budget).map((column) => readStatistics(column));
}

/** The messages in field 1. */
function repeated(bytes: Uint8Array, budget: MemoryBudget | undefined): Uint8Array[] {
  return [...readFields(bytes, budget)].flatMap(({ field, kind, value }) =>
    field === 1 && kind === 'bytes' ? [value] : [],
  );
}

export function readStripeFooter(bytes: Uint8Array, budget?: MemoryBudget): StripeFooter {
  const streams: StreamInformation[] = [];
  const encodings: ColumnEncoding[] = [];
  let writerTimezone: string | undefined;
  for (const { field, kind, value } of readFields(bytes, budget)) {
    if (kind !== 'bytes') continue;
    if (field === 1) {
      const [, streamKind = 0, column = 0, length = 0] = readNumbers(value);
      streams.push({ kind: streamKinds[streamKind] ?? 'unknown', column, length });
    } else if (field === 2) {
      const [, encoding = 0, dictionarySize = 0] = readNumbers(value);
      const encodingKind = encodingKinds[encoding];
      if (encodingKind === undefined) {
        throw new UnknownFormatException('unknown-encoding', `column encoding ${encoding} is not known`);
      }
      encodings.push({ kind: encodingKind, dictionarySize });
    } else if (field === 3) {
      writerTimezone = text(value);
    }
  }
  return { streams, encodings, ...(writerTimezone === undefined ? {} : { writerTimezone }) };
}

export function readRowIndex(bytes: Uint8Array, budget?: MemoryBudget): RowIndexEntry[] {
  const entries: RowIndexEntry[] = [];
  for (const { field, kind, value } of readFields(bytes, budget)) {
    if (field !== 1 || kind !== 'bytes') continue;
    const positions: number[] = [];
    let statistics: ColumnStatistics = { numberOfValues: 0, hasNull: true };
    for (const inner of readFields(value, budget)) {
      if (inner.field === 1) {
        if (inner.kind === 'varint') positions.push(Number(inner.value));
        else for (const position of readPacked(inner.value, budget)) positions.push(position);
      } else if (inner.field === 2 && inner.kind === 'bytes') {
        statistics = readStatistics(inner.value);
      }
    }
    entries.push({ positions, statistics });
  }
  return entries;
}
