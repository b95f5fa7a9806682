import type { Command } from 'commander';
import { writeSampleBucket, type SampleBucket } from '../schemas/sample/bucket.ts';
import { calendarDate, plainText, share, wholeNumber } from './arguments.ts';
import { UsageError } from './ending.ts';
import { counted, megabytes } from './figures.ts';
import { corporateFolder, openStores } from './open.ts';
import { printJson, printText } from './output.ts';
import { startProgress } from './progress.ts';
import { textTable } from './text-table.ts';

interface GenerateOptions {
  readonly dir?: string;
  readonly records: number;
  readonly days: number;
  readonly lastDay: string;
  readonly seed: string;
  readonly faults: number;
  readonly replays: number;
  readonly json?: true;
}

export function addGenerate(program: Command): void {
  program
    .command('generate')
    .description('make encrypted sample data in the layout of the corporate bucket')
    .option('--dir <DIR>', 'folder to work in; the data goes to DIR/corporate', plainText)
    .option('--records <N>', 'distinct records', wholeNumber(1), 100_000)
    .option('--days <N>', 'days to spread them over', wholeNumber(1), 3)
    .option('--last-day <DATE>', 'date of the newest objects', calendarDate, today())
    .option('--seed <S>', 'another seed makes other data', plainText, '1')
    .option('--faults <SHARE>', 'share of the lines that are unusable on purpose', share, 0.001)
    .option('--replays <SHARE>', 'share of the objects that are partly written twice', share, 0.01)
    .option('--json', 'print what was made for a program')
    .addHelpText(
      'after',
      `
The same options make the same data, to the byte.

Example:
  $ cdi generate --dir ./sample --records 20000 --days 2 --last-day 2026-07-02`,
    )
    .action(generate);
}

async function generate(options: GenerateOptions): Promise<void> {
  const { dir } = options;
  if (dir === undefined) throw new UsageError('say where the data goes with --dir DIR');
  const { corporate } = await openStores(dir);
  const progress = startProgress(process.stderr, 2_000);
  const made = await writeSampleBucket((key, body) => corporate.put(key, body), {
    ...options,
    faultShare: options.faults,
    replayShare: options.replays,
    onProgress: (lines) => progress.update(`${counted(lines, 'line')} written`),
  }).finally(() => progress.end());

  if (options.json) return printJson(made);
  printText(
    `${textTable(
      ['collection', 'export date', 'rows', 'distinct', 'unusable'],
      made.days.map(({ collection, exportDate, rows, distinctRows, quarantined }) => [
        collection,
        exportDate,
        rows,
        distinctRows,
        Object.values(quarantined).reduce((sum, count) => sum + count, 0),
      ]),
    )}\n${summary(made, dir)}`,
  );
}

function summary({ objects, lines, bytes }: SampleBucket, dir: string): string {
  return `${counted(lines, 'line')} in ${counted(objects, 'object')} (${megabytes(bytes)}) in ${corporateFolder(dir)}

Ingest them:
  npx cdi consume --local ${dir}     Ctrl-C when nothing is in work any more`;
}

/** The only clock of the sample data: the generator itself takes the date as input. */
function today(): string {
  return new Date().toISOString().slice(0, 10);
}
