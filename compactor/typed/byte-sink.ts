/** Bytes in [0, length) and room behind them. */
export interface ByteSink {
  bytes: Uint8Array;
  length: number;
}

export function byteSink(): ByteSink {
  return { bytes: new Uint8Array(65_536), length: 0 };
}

/** Makes room for `extra` bytes more. */
export function reserve(sink: ByteSink, extra: number): void {
  const needed = sink.length + extra;
  if (needed <= sink.bytes.length) return;
  const larger = new Uint8Array(needed * 2);
  larger.set(sink.bytes.subarray(0, sink.length));
  sink.bytes = larger;
}

/** Appends `source` from `start` to `end`; a loop is quicker than a call for the short ones, which most are. */
export function append(sink: ByteSink, source: Uint8Array, start: number, end: number): void {
  reserve(sink, end - start);
  const { bytes } = sink;
  let to = sink.length;
  if (end - start > 48) bytes.set(source.subarray(start, end), to);
  else for (let from = start; from < end; from++) bytes[to++] = source[from] as number;
  sink.length += end - start;
}

export function appendByte(sink: ByteSink, byte: number): void {
  reserve(sink, 1);
  sink.bytes[sink.length++] = byte;
}

/** Appends text of ASCII characters. */
export function appendAscii(sink: ByteSink, text: string): void {
  reserve(sink, text.length);
  for (let i = 0; i < text.length; i++) sink.bytes[sink.length++] = text.charCodeAt(i);
}
