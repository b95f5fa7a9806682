/** The bytes as an AES key in a buffer of its own; undefined when they are not 16, 24 or 32. */
export function dataKey(bytes: Uint8Array): Uint8Array | undefined {
  // A copy, because Node cuts small buffers from a shared pool, which cloning to a worker would take along.
  return [16, 24, 32].includes(bytes.length) ? new Uint8Array(bytes) : undefined;
}

/** Padded base64 of the standard alphabet and nothing else; `Buffer.from` alone skips what it doesn't know. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}
