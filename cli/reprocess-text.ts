import type { Estimate } from '../reprocess/estimate.ts';
import type { ReprocessPlan } from '../reprocess/plan.ts';
import { counted, grouped, megabytes, roughTime } from './figures.ts';
import { printable } from './printable.ts';
import { terminalWidth } from './rows.ts';
import { textTable } from './text-table.ts';

/** A plan for a person: a line for each collection and export date, what is left out, and what it takes. */
export function planText({ digest, days, leftOut, request }: ReprocessPlan, estimate: Estimate): string {
  const table = textTable(
    ['collection', 'export date', 'objects', 'bytes', 'lines, about', 'left out'],
    days.map((day) => [
      day.collection,
      day.exportDate,
      day.objects,
      day.bytes,
      day.estimatedLines,
      day.leftOut,
    ]),
    terminalWidth(),
  );
  const reasons = [...Map.groupBy(leftOut, ({ why }) => why)].map(
    ([why, objects]) => `left out: ${counted(objects.length, 'object')}, ${printable(why)}`,
  );
  const shown = reasons.slice(0, MOST_REASONS);
  if (reasons.length > shown.length)
    shown.push(`and for ${grouped(reasons.length - shown.length)} more reasons`);
  const { objects, bytes, lines, durationMs, dollars } = estimate;
  return [
    table.trimEnd(),
    ...shown,
    `${counted(objects, 'object')}, ${megabytes(bytes)}, about ${counted(lines, 'line')}`,
    `${roughTime(durationMs)} to send, about $${dollars.toFixed(4)} for requests`,
    `mode ${request.mode}, plan ${digest}`,
  ].join('\n');
}

const MOST_REASONS = 10;

/** A plan for a program. */
export function planJson({ digest, request, days, leftOut }: ReprocessPlan, estimate: Estimate): unknown {
  return { digest, ...request, estimate, days, leftOut };
}
