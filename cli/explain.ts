import type { Command } from 'commander';
import { nameKey } from '../schemas/collection.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { liveCollections } from '../storage/live-collections.ts';
import { collectionName, existingFolder, plainText } from './arguments.ts';
import { askedId } from './asked-id.ts';
import { CommandFailed } from './ending.ts';
import { explanationText } from './explanation-text.ts';
import { openCatalogue, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { quarantinedLines } from './quarantined-lines.ts';
import { recordHistories, type RecordHistory } from './record-history.ts';

interface ExplainOptions {
  readonly local?: string;
  readonly collection?: CollectionName;
  readonly json?: true;
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('tell where a record came from and what became of it')
    .argument('<id>', 'the id as tables have it, or a value inside of it', plainText)
    .option('--local <DIR>', 'folder with the tables', existingFolder)
    .option('--collection <DB:COLLECTION>', 'only in this collection', collectionName)
    .option('--json', 'print all of it for a program')
    .addHelpText(
      'after',
      `
Every delivery of the record is told: the line it came from, the part it is in, and
whether it is in the changes, is a duplicate, was superseded by a reprocess run or
waits to be compacted; then what the newest snapshot has, and which lines with its id
are in quarantine. What the record says is not shown. A whole id, {"id":"…"}, is
looked up; for a value inside of ids the ids of all parts are read.

Examples:
  $ cdi explain 9c27e1f0-71a5-4a3c-8a53-0b6f2a1d4e55 --local ./sample
  $ cdi explain '{"id":"9c27e1f0"}' --local ./sample --collection core:contract --json`,
    )
    .action(explain);
}

async function explain(id: string, { local, collection, json }: ExplainOptions): Promise<void> {
  const asked = askedId(id);
  const { published } = await openStores(local);
  const catalogue = await openCatalogue(local);
  try {
    const names = collection === undefined ? await Array.fromAsync(liveCollections(published)) : [collection];
    const records: RecordHistory[] = [];
    for (const name of names) records.push(...(await recordHistories(published, catalogue, name, asked)));
    const quarantined = await quarantinedLines(published, asked, collection);
    if (records.length + quarantined.length === 0) {
      const where = collection === undefined ? 'any collection' : nameKey(collection);
      throw new CommandFailed(
        `neither the parts nor the quarantine of ${where} have this id; it takes a whole id, or a whole value in it`,
      );
    }
    if (json) printJson({ records, quarantined });
    else printText(explanationText({ records, quarantined, local }));
  } finally {
    await catalogue.close();
  }
}
