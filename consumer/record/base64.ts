const INVALID = 0x80;
const VALUES = new Uint8Array(256).fill(INVALID);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
for (let index = 0; index < ALPHABET.length; index++) VALUES[ALPHABET.charCodeAt(index)] = index;
const PADDING = 0x3d;

/**
 * Decodes strict base64 (RFC 4648 section 4: the standard alphabet, padded, nothing else) from bytes to `out`
 * at `to`; answers how many bytes it wrote, or -1. Unused bits of the last character may be set, as every common
 * decoder allows.
 *
 * Written here because `Buffer` skips what it does not know and takes the URL alphabet.
 */
export function decodeBase64(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  to: number,
): number {
  const length = end - start;
  if (length === 0 || length % 4 !== 0) return length === 0 ? 0 : -1;
  const padding = bytes[end - 1] !== PADDING ? 0 : bytes[end - 2] !== PADDING ? 1 : 2;
  const whole = padding === 0 ? end : end - 4;
  let at = to;
  let seen = 0;
  for (let index = start; index < whole; index += 4) {
    const a = VALUES[bytes[index] as number] as number;
    const b = VALUES[bytes[index + 1] as number] as number;
    const c = VALUES[bytes[index + 2] as number] as number;
    const d = VALUES[bytes[index + 3] as number] as number;
    seen |= a | b | c | d;
    out[at] = (a << 2) | (b >> 4);
    out[at + 1] = (b << 4) | (c >> 2);
    out[at + 2] = (c << 6) | d;
    at += 3;
  }
  if (padding !== 0) {
    const a = VALUES[bytes[whole] as number] as number;
    const b = VALUES[bytes[whole + 1] as number] as number;
    const c = padding === 2 ? 0 : (VALUES[bytes[whole + 2] as number] as number);
    seen |= a | b | c;
    out[at++] = (a << 2) | (b >> 4);
    if (padding === 1) out[at++] = (b << 4) | (c >> 2);
  }
  return (seen & INVALID) !== 0 ? -1 : at - to;
}
