/** A whole number as people read it: `1,234,567`. */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** `1 row`, `2,000 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** `8,215 rows/s`. */
export function rate(count: number, what: string, elapsedMs: number): string {
  return `${grouped(Math.round((1_000 * count) / Math.max(1, elapsedMs)))} ${what}/s`;
}

/** A time as exact as its length makes sensible: `12 s`, `5 min`, `3 h`, `4 days`. */
export function roughTime(ms: number): string {
  const wholeSeconds = Math.max(0, Math.round(ms / 1_000));
  if (wholeSeconds < 120) return `${wholeSeconds} s`;
  if (wholeSeconds < 7_200) return `${Math.round(wholeSeconds / 60)} min`;
  return wholeSeconds < 172_800
    ? `${Math.round(wholeSeconds / 3_600)} h`
    : `${Math.round(wholeSeconds / 86_400)} days`;
}

/** A moment, in UTC: `2026-01-31 02:10:07.512Z`. */
export function clock(time: Date): string {
  return time.toISOString().replace('T', ' ');
}
