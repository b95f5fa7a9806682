import { clock, counted } from './figures.ts';
import { printable } from './printable.ts';
import type { QuarantinedLine } from './quarantined-lines.ts';
import type { Delivery, Fate, InSnapshot, RecordHistory } from './record-history.ts';
import type { RecordRow } from './record-rows.ts';
import { shellWord } from './shell-word.ts';

/** A story of each record in order of time, for a person, with commands for the folder that was looked at. */
export function explanationText({ records, quarantined, local }: Explanation): string {
  const stories = records.map(({ collection, id, deliveries, snapshot }) => [
    `${collection}  ${id}: ${counted(deliveries.length, 'delivery', 'deliveries')}`,
    ...deliveries.flatMap((delivery) => deliveryLines(delivery, snapshot)),
    ...(snapshot === undefined ? [] : [snapshotLine(snapshot)]),
  ]);
  const lines = quarantined.flatMap((entry) => [
    `${entry.exportDate}  ${entry.collection}: ${entry.reason} (${entry.detail})`,
    `${INDENT}${placeText(entry)}`,
    `${INDENT}in ${entry.file}`,
    `${INDENT}→ ${becameText(entry, local)}`,
  ]);
  const sections =
    lines.length === 0 ? stories : [...stories, ['In quarantine, as they were received:', ...lines]];
  return sections.map((section) => `${section.map(printable).join('\n')}\n`).join('\n');
}

interface Explanation {
  readonly records: readonly RecordHistory[];
  readonly quarantined: readonly QuarantinedLine[];
  readonly local: string | undefined;
}

const INDENT = ' '.repeat('2026-01-31  '.length);

function deliveryLines(delivery: Delivery, snapshot: InSnapshot | undefined): string[] {
  return [
    `${delivery.exportDate}  ${rowText(delivery)}`,
    `${INDENT}${placeText(delivery)}`,
    `${INDENT}part ${delivery.part}, written ${clock(delivery.writtenAt)}`,
    `${INDENT}${fateText(delivery.became)}`,
    ...(delivery.inSnapshot === undefined
      ? []
      : [`${INDENT}→ ${inSnapshotText(delivery.inSnapshot, snapshot)}`]),
  ];
}

function rowText({ dbType, lastModified }: Pick<RecordRow, 'dbType' | 'lastModified'>): string {
  return `${dbType} of ${lastModified}`;
}

function placeText({
  sourceObject,
  sourceLine,
  generation,
}: Pick<RecordRow, 'sourceObject' | 'sourceLine' | 'generation'>): string {
  const run = generation === 0 ? '' : `, reprocessed by the run of ${clock(new Date(generation))}`;
  return `line ${sourceLine} of ${sourceObject}${run}`;
}

function fateText(fate: Fate): string {
  switch (fate.kind) {
    case 'published':
      return `→ in the changes: ${fate.file}`;
    case 'duplicate':
      return `→ a duplicate of ${placeText(fate.of)}`;
    case 'superseded':
      return `→ superseded: of this date only what was reprocessed by the run of ${clock(new Date(fate.generationFloor))} or later counts`;
    case 'not-compacted':
      return '→ not compacted yet';
    case 'missing':
      return `→ not in version ${fate.version} of the changes, although that was made from its part: this must not be, keep the files and verify the day`;
  }
}

function becameText({ became, sourceObject }: QuarantinedLine, local: string | undefined): string {
  const where = local === undefined ? '' : ` --local ${shellWord(local)}`;
  switch (became) {
    case 'open':
      return `no row; when the cause is mended: cdi quarantine replay --source ${shellWord(sourceObject)}${where}`;
    case 'waits':
      return `no row yet, sent to be read again: cdi consume --reprocess --drain${where}`;
    case 'resolved':
      return 'resolved: its object was read again since, and it is a row';
    case 'covered':
      return 'in quarantine also from an object that covers this one, which counts';
  }
}

function inSnapshotText(
  inSnapshot: NonNullable<Delivery['inSnapshot']>,
  snapshot: InSnapshot | undefined,
): string {
  switch (inSnapshot) {
    case 'shown':
      return 'in the newest snapshot';
    case 'replaced':
      return `not in the newest snapshot, replaced by the ${snapshot?.row === undefined ? 'newer one' : rowText(snapshot.row)}`;
    case 'tombstone-dropped':
      return 'not in the newest snapshot, which shows no deleted records';
    case 'not-reached':
      return 'not in the newest snapshot, which does not reach this date yet';
    case 'missing':
      return 'not in the newest snapshot, which has nothing of the id: compact its day again';
  }
}

function snapshotLine({ exportDate, row, isTombstone }: InSnapshot): string {
  const content =
    row === undefined
      ? 'nothing of it'
      : `the ${rowText(row)}, ${placeText(row)}${isTombstone ? ', which it does not show' : ''}`;
  return `The newest snapshot, of ${exportDate}, has ${content}`;
}
