import { printable } from './printable.ts';

export type Cell = string | number | bigint | boolean | null;

/**
 * Lines of text with aligned columns: numbers to the right, with what is null among them, everything
 * else to the left. Columns are narrowed, the
 * widest first, until a row fits into `width` characters; what is cut ends in `…`. Control characters are shown as
 * blanks, so that no value can move the cursor.
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  width?: number,
): string {
  const texts = [head, ...rows.map((row) => row.map(cellText))];
  const widths = fittingWidths(
    head.map((_, column) => Math.max(...texts.map((row) => textWidth(row[column] ?? '')))),
    width ?? Number.POSITIVE_INFINITY,
  );
  const isNumeric = head.map((_, column) => {
    const cells = rows.map((row) => row[column] ?? null).filter((cell) => cell !== null);
    return cells.length > 0 && cells.every(isNumber);
  });
  return texts
    .map((row) =>
      row
        .map((text, column) =>
          pad(cut(text, widths[column] ?? 0), widths[column] ?? 0, isNumeric[column] ?? false),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

const minimumWidth = 4;

function fittingWidths(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const gaps = 2 * (widths.length - 1);
  let excess = widths.reduce((sum, one) => sum + one, gaps) - width;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    const current = widths[widest] ?? 0;
    if (current <= minimumWidth) break;
    widths[widest] = current - 1;
    excess -= 1;
  }
  return widths;
}

function cellText(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell === 'number') return cell.toLocaleString('en');
  return printable(String(cell));
}

function isNumber(cell: Cell): boolean {
  return typeof cell === 'string'
    ? /^-?[\d.,]+$/.test(cell)
    : typeof cell === 'number' || typeof cell === 'bigint';
}

/** Characters, not bytes or UTF-16 units; wide ones (Chinese, emoji) count as two columns, as terminals draw them. */
function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += characterWidth(segment);
  return width;
}

function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += characterWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

function pad(text: string, width: number, isRight: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - textWidth(text)));
  return isRight ? blanks + text : text + blanks;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function characterWidth(segment: string): number {
  return /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(
    segment,
  )
    ? 2
    : 1;
}
