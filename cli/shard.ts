import type { Command } from 'commander';
import type { MergeResult, TypedResult } from '../compactor/jobs.ts';
import { runShard } from '../compactor/run-shard.ts';
import { readSettings } from '../settings.ts';
import { existingFolder, jobDigest } from './arguments.ts';
import { CommandFailed } from './ending.ts';
import { counted } from './figures.ts';
import { openStores } from './open.ts';
import { printJson, printText } from './output.ts';

interface ShardOptions {
  readonly local?: string;
  readonly json?: true;
}

export function addShard(program: Command): void {
  program
    .command('shard')
    .description('do one job that a compaction over several tasks has handed out')
    .argument('<JOB>', 'its name: 64 hex digits', jobDigest)
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .option('--json', 'print what was written for a program')
    .addHelpText(
      'after',
      `
cdi compact --run NAME lists the jobs in runs/NAME/shards.json of the area work. A job
may be done again, or by two tasks at once: they write the same bytes.

Example:
  $ cdi shard --local ./sample ${'0123456789abcdef'.repeat(4)}`,
    )
    .action(shard);
}

async function shard(job: string, { local, json }: ShardOptions): Promise<void> {
  const { workers, scratchFolder } = readSettings();
  const { published } = await openStores(local);
  const outcome = await runShard(published, job, { writerWorkers: workers, scratchFolder }).catch(
    (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CommandFailed(`job ${job}: ${reason}`, { cause });
    },
  );
  if (outcome.kind === 'no-such-job') {
    throw new CommandFailed(`there is no job ${job}, or it is damaged: run cdi compact --run again`);
  }
  const { kind, result } = outcome;
  if (json) printJson({ job, kind, ...written(result) });
  else printText(`${kind === 'done' ? 'wrote' : 'had been written before:'} ${writtenText(written(result))}`);
}

interface Written {
  readonly files: number;
  readonly rows: number;
}

function written(result: MergeResult | TypedResult): Written {
  const files = 'entry' in result ? [result.entry] : [...result.files, ...result.tombstones];
  return { files: files.length, rows: files.reduce((sum, { rows }) => sum + rows, 0) };
}

function writtenText({ files, rows }: Written): string {
  return `${counted(files, 'file')}, ${counted(rows, 'row')}`;
}
