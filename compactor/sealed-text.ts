import { hash } from 'node:crypto';

/** A value as JSON with its digest, for whoever runs the same release to read back. */
export function sealedText(value: unknown): string {
  const content = JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'bigint' ? { [BIGINT]: String(member) } : member,
  );
  return `{"format":${FORMAT},"sha256":"${hash('sha256', content)}",\n"content":${content}}\n`;
}

/** The inverse of {@link sealedText}; undefined for a text that is damaged, of another form, or not there. */
export function unsealed(text: string | undefined): unknown {
  const [, format, sha256, content] = SHAPE.exec(text ?? '') ?? [];
  if (content === undefined || Number(format) !== FORMAT || hash('sha256', content) !== sha256)
    return undefined;
  return JSON.parse(content, (_, member: unknown) => bigintIn(member) ?? member);
}

/** To be counted up whenever what is sealed takes another form. */
const FORMAT = 1;
const BIGINT = '$bigint';
const SHAPE = /^\{"format":(\d+),"sha256":"([\da-f]{64})",\n"content":(.*)\}\n$/s;

function bigintIn(member: unknown): bigint | undefined {
  if (typeof member !== 'object' || member === null || !(BIGINT in member)) return undefined;
  return BigInt(String(member[BIGINT]));
}
