/** As forms are encoded, which S3 does with the keys in its events, but for the slashes. */
export function formEncoded(key: string): string {
  return new URLSearchParams([['', key]]).toString().slice(1).replaceAll('%2F', '/');
}
