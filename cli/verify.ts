import type { Command } from 'commander';
import type { Finding } from '../compactor/verify/finding.ts';
import {
  added,
  verifyCollection,
  type Checked,
  type CollectionVerdict,
  type VerifyOptions,
} from '../compactor/verify/verify.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { readSettings } from '../settings.ts';
import { collectionsIn } from '../storage/collections-in-area.ts';
import { calendarDate, collectionName, existingFolder } from './arguments.ts';
import { CommandFailed } from './ending.ts';
import { counted, megabytes } from './figures.ts';
import { openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { startProgress, type Progress } from './progress.ts';

interface VerifyCommandOptions {
  readonly local?: string;
  readonly collection?: CollectionName;
  readonly exportDate?: string;
  readonly rebuild?: true;
  readonly json?: true;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('check certificates against the files they are of')
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .option('--collection <DB:COLLECTION>', 'only this collection', collectionName)
    .option('--export-date <DATE>', 'only the certificates of this export date', calendarDate)
    .option('--rebuild', 'also make every version again from its inputs, and compare')
    .option('--json', 'print what was found for a program')
    .addHelpText(
      'after',
      `
Needs nothing but the published files. Reads every row of every certified file, names
whatever is wrong and goes on. Ends with exit code 1 if anything is. With --rebuild it
finds even what was changed together with all digests, and takes as long as compaction
with one worker.

Examples:
  $ cdi verify --local ./sample
  $ cdi verify --local ./sample --collection core:contract --export-date 2026-11-18`,
    )
    .action(verify);
}

async function verify({ local, collection, exportDate, rebuild, json }: VerifyCommandOptions): Promise<void> {
  const { published } = await openStores(local);
  const rebuildIn = rebuild ? readSettings().scratchFolder : undefined;
  const progress = startProgress();
  try {
    const names = collection === undefined ? await collectionsIn(published, AREAS) : [collection];
    const verdicts = await verdictsOf({ published, exportDate, rebuildIn }, names, progress);
    progress.end();
    const checked = verdicts.map((verdict) => verdict.checked).reduce(added, NOTHING);
    if (json) printJson({ checked, collections: verdicts });
    else printText(verdictText(verdicts, checked));
    const mistakes = verdicts.flatMap(({ findings }) => findings.filter(({ kind }) => kind === 'wrong'));
    if (mistakes.length > 0)
      throw new CommandFailed(`${counted(mistakes.length, 'thing is', 'things are')} wrong`);
    if (checked.certificates === 0) throw new CommandFailed('there is no certificate to check');
  } finally {
    progress.end();
  }
}

/** Where there is something that should have a certificate, or is one. */
const AREAS = ['certificates', 'live', 'changes', 'exports'] as const;

const NOTHING: Checked = { certificates: 0, versions: 0, files: 0, rows: 0, bytes: 0 };

async function verdictsOf(
  options: Omit<VerifyOptions, 'onProgress'>,
  names: readonly CollectionName[],
  progress: Progress,
): Promise<readonly CollectionVerdict[]> {
  const verdicts: CollectionVerdict[] = [];
  let before = NOTHING;
  for (const name of names) {
    const verdict = await verifyCollection(
      {
        ...options,
        onProgress: (checked, where, day) =>
          progress.update(`${where} ${day}: ${checkedText(added(before, checked))}`),
      },
      name,
    );
    before = added(before, verdict.checked);
    verdicts.push(verdict);
  }
  return verdicts;
}

/** What is wrong, then the notes, then how much was looked at. */
export function verdictText(verdicts: readonly CollectionVerdict[], checked: Checked): string {
  const lines = verdicts
    .flatMap(({ findings }) => findings)
    .toSorted((a, b) => b.kind.localeCompare(a.kind))
    .map(findingText);
  return [...lines, `checked ${checkedText(checked)}`].join('\n');
}

function findingText({ kind, where, what, expected, found }: Finding): string {
  const values = expected === undefined ? '' : `: ${found ?? 'none'} instead of ${expected ?? 'none'}`;
  return `${kind}  ${where}: ${what}${values}`;
}

function checkedText({ certificates, versions, files, rows, bytes }: Checked): string {
  return [
    counted(certificates, 'certificate'),
    counted(versions, 'version'),
    counted(files, 'file'),
    counted(rows, 'row'),
    megabytes(bytes),
  ].join(', ');
}
