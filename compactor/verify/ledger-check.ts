import { note, wrong, type Finding } from './finding.ts';
import { readEvidence } from '../certificate.ts';
import type { Certificate } from '../../schemas/certificate.ts';
import { certificateKey, dayPrefix } from '../../schemas/layout.ts';
import { sorted, type ChangesRecipe } from '../../schemas/recipe.ts';
import { readingId, type ObjectReading } from '../../storage/object-reading.ts';
import { offsetCoverage } from '../../storage/offset-coverage.ts';
import { quarantinedLines } from '../../storage/quarantined-lines.ts';
import type { ObjectStore } from '../../storage/store.ts';

/**
 * Counts objects and lines anew from the live parts that were merged, and looks whether what they say is in quarantine
 * is there.
 *
 * @param earlier - the last certificate before; `unknown` when it cannot be read, or is missing
 */
export async function ledgerFindings(
  published: ObjectStore,
  recipe: ChangesRecipe,
  certificate: Certificate,
  earlier: Certificate | 'unknown' | undefined,
): Promise<readonly Finding[]> {
  const { ledger, keys, restsOnOthers, uncounted } = await readEvidence(published, recipe);
  const { objects, lines, rows, blank, quarantined, offsets } = certificate;
  const key = certificateKey(certificate);
  const compare = (what: string, expected: unknown, found: unknown): readonly Finding[] => {
    const [wanted, is] = [textOf(expected), textOf(found)];
    if (wanted === is) return [];
    // Such parts may have come since, and are no late ones of this collection.
    if (restsOnOthers) return [note(key, `${what} of objects with rows of other collections: ${is} now`)];
    return [wrong(key, `${what} of the live parts`, { expected: wanted, found: is })];
  };
  return [
    ...compare('objects', objects, ledger.objects),
    ...compare('lines', lines, ledger.lines),
    ...compare('rows', rows, ledger.rows),
    ...compare('blank lines', blank, ledger.blank),
    ...compare('quarantined lines', quarantined, ledger.quarantined),
    ...(earlier === 'unknown' ? [] : compare('offsets', offsets, offsetCoverage(keys, earlier?.offsets))),
    ...(await quarantineFindings(published, recipe, ledger.counted)),
    ...(uncounted.length === 0
      ? []
      : [note(key, `no row of ${uncounted.length} objects counts, such as ${uncounted[0]}: to be healed`)]),
  ];
}

async function quarantineFindings(
  published: ObjectStore,
  { db, collection, exportDate }: ChangesRecipe,
  counted: readonly ObjectReading[],
): Promise<readonly Finding[]> {
  const quarantined = counted.flatMap(({ summary, ...reading }) =>
    summary === undefined || summary.quarantined === 0 ? [] : [{ ...reading, lines: summary.quarantined }],
  );
  if (quarantined.length === 0) return [];
  const wanted = quarantined.reduce((sum, { lines }) => sum + lines, 0);
  const entriesIn = async (filter: Parameters<typeof quarantinedLines>[2]): Promise<number> => {
    const there = await quarantinedLines(published, quarantined, filter);
    return quarantined.reduce(
      (sum, { lines, ...reading }) => sum + Math.min(lines, there.get(readingId(reading)) ?? 0),
      0,
    );
  };
  if ((await entriesIn({ collection: { db, collection }, exportDate })) === wanted) return [];
  // Lines of an object may be of several collections.
  const found = await entriesIn({ exportDate });
  const folder = dayPrefix('quarantine', { db, collection, exportDate });
  return found === wanted ? [] : [wrong(folder, 'lines in quarantine', { expected: wanted, found })];
}

function textOf(value: unknown): string {
  return JSON.stringify(sorted(value));
}
