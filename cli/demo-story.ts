import { readCertificates } from '../compactor/certificate.ts';
import type { CollectionOutcome } from '../compactor/compact.ts';
import type { ConsumeReport } from '../consumer/tally.ts';
import type { Certificate } from '../schemas/certificate.ts';
import type { SampleBucket } from '../schemas/sample/bucket.ts';
import { certificateFigures } from './certificate-figures.ts';
import { collectionTables } from './collection-tables.ts';
import { counted, grouped, megabytes, rate, seconds } from './figures.ts';
import { tableHead } from './head.ts';
import { openCatalogue, openStores } from './open.ts';
import { readTables } from './read-tables.ts';
import { rowTable } from './rows.ts';
import { textTable } from './text-table.ts';

/** What a demo did. */
export interface Demo {
  readonly made: SampleBucket;
  readonly generateMs: number;
  readonly report: ConsumeReport;
  readonly compaction: Compaction;
}

export interface Compaction {
  readonly outcomes: readonly CollectionOutcome[];
  readonly elapsedMs: number;
}

/** What a person sees at the end of a demo. */
export async function demoStory(
  dir: string,
  { made, generateMs, report, compaction }: Demo,
): Promise<string> {
  const { lines, parts, elapsedMs, quarantined } = report;
  const { columns, rows } = await tableHead('core:contract', dir, { limit: 5 });
  return `Sample data   ${counted(made.lines, 'encrypted line')} in ${counted(made.objects, 'object')}, made in ${seconds(generateMs)}
Ingested      ${counted(lines.rows, 'row')} in ${counted(parts.files, 'ORC part')} (${megabytes(parts.bytes)}) in ${seconds(elapsedMs)}: ${rate(lines.rows, 'rows', elapsedMs)}
Every line    ${counted(lines.read, 'line')} read = ${counted(lines.rows, 'row')} + ${grouped(lines.quarantined)} quarantined + ${grouped(lines.blank)} blank
${unreadText(made.lines - lines.read)}Compacted     ${compactionText(compaction)}

Unusable lines are in the sample on purpose. They are now in quarantine, still
encrypted, with the reason:
${textTable(
  ['reason', 'entries'],
  Object.entries(quarantined).toSorted(([, a], [, b]) => b - a),
)}
The tables, with their rows:
${await tablesOf(dir)}
The first rows of core:contract, decrypted and sanitised:
${rowTable(columns, rows)}
${await certificateOf(dir)}
Look further:
  npx cdi status --local ${dir}
  npx cdi tables --local ${dir}
  npx cdi head uc_dw_auditlog.auditlog_managed --local ${dir} --limit 3
  npx cdi head calculator:calculationParts --local ${dir} --where db_type=DELETE
  npx cdi head quarantine --local ${dir}
  npx cdi explain '${String(rows[0]?.id)}' --local ${dir}
Bring your own, or more of this, and watch it being ingested until Ctrl-C:
  npx cdi generate --dir more --records 5000
  npx cdi consume --local more`;
}

/** Lines nobody can read because their object is spoilt: what cannot be read of it counts as one line. */
function unreadText(lines: number): string {
  if (lines <= 0) return '';
  return `              ${counted(lines, 'line')} fewer than made: two objects are spoilt on purpose\n`;
}

function compactionText({ outcomes, elapsedMs }: Compaction): string {
  const days = outcomes.flatMap((outcome) => (outcome.kind === 'compacted' ? outcome.days : []));
  const counts = days.flatMap((day) => (day.kind === 'published' ? [day.counts] : []));
  const sum = (name: string): number => counts.reduce((total, each) => total + (each[name] ?? 0), 0);
  return `${counted(sum('rows_in'), 'row')} = ${grouped(sum('rows_out'))} in tables + ${grouped(sum('duplicates'))} delivered twice, proved and published in ${seconds(elapsedMs)}`;
}

async function tablesOf(dir: string): Promise<string> {
  const catalogue = await openCatalogue(dir);
  try {
    return collectionTables(await readTables(catalogue));
  } finally {
    await catalogue.close();
  }
}

async function certificateOf(dir: string): Promise<string> {
  const { published } = await openStores(dir);
  const certificates = await readCertificates(published, { db: 'core', collection: 'contract' });
  const [newest] = [...certificates.values()]
    .map(({ certificate }): Certificate => certificate)
    .toSorted((a, b) => (a.exportDate > b.exportDate ? -1 : 1));
  return newest === undefined ? '' : certificateFigures(newest);
}
