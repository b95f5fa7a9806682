import { append, appendAscii, appendByte, type ByteSink } from './byte-sink.ts';
import { doubleText } from './double-text.ts';
import {
  COLON,
  COMMA,
  DAMAGED,
  literalEnd,
  MINUS,
  numberEnd,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  isNumber,
  stringEnd,
  walkArray,
  walkObject,
  type VisitElement,
} from './json-scan.ts';
import { appendQuoted } from './json-string.ts';
import { floatValue, isInteger } from './numbers.ts';

/**
 * Makes a function that appends the JSON at a place to `sink` as Spark puts it into a string column: parsed and written
 * again, so numbers with a point or an exponent lose what a double does not keep. It answers where the JSON ended.
 */
export function jsonWriter(sink: ByteSink): VisitElement {
  return writeValue;

  function writeValue(bytes: Uint8Array, at: number): number {
    switch (bytes[at]) {
      case QUOTE: {
        const end = stringEnd(bytes, at + 1);
        if (end === 0) return DAMAGED;
        appendQuoted(sink, bytes, at + 1, Math.abs(end));
        return Math.abs(end) + 1;
      }
      case OPEN_BRACE:
        appendByte(sink, OPEN_BRACE);
        return closed(walkObject(bytes, at, writeMember), '}');
      case OPEN_BRACKET:
        appendByte(sink, OPEN_BRACKET);
        return closed(walkArray(bytes, at, writeElement), ']');
      default:
        return isNumber(bytes, at) ? writeNumber(bytes, at) : writeLiteral(bytes, at);
    }
  }

  function writeMember(bytes: Uint8Array, key: number, keyEnd: number, at: number): number {
    separate(OPEN_BRACE);
    appendQuoted(sink, bytes, key, Math.abs(keyEnd));
    appendByte(sink, COLON);
    return writeValue(bytes, at);
  }

  function writeElement(bytes: Uint8Array, at: number): number {
    separate(OPEN_BRACKET);
    return writeValue(bytes, at);
  }

  /** No value ends in an opening bracket, so one there says that nothing has been written behind it. */
  function separate(open: number): void {
    if (sink.bytes[sink.length - 1] !== open) appendByte(sink, COMMA);
  }

  function closed(end: number, close: string): number {
    appendAscii(sink, close);
    return end;
  }

  function writeNumber(bytes: Uint8Array, at: number): number {
    const end = numberEnd(bytes, at);
    if (end < 0) return DAMAGED;
    if (!isInteger(bytes, at, end)) {
      const text = doubleText(floatValue(bytes, at, end));
      // JSON has no infinity: Spark says it as a string.
      appendAscii(sink, text.endsWith('y') ? `"${text}"` : text);
    } else {
      // Of whole numbers only -0 changes.
      const isMinusZero = bytes[at] === MINUS && bytes[at + 1] === ZERO;
      append(sink, bytes, isMinusZero ? at + 1 : at, end);
    }
    return end;
  }

  function writeLiteral(bytes: Uint8Array, at: number): number {
    const end = literalEnd(bytes, at);
    if (end > 0) append(sink, bytes, at, end);
    return end;
  }
}

const ZERO = 0x30;
