import { setTimeout as pause } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { LeaseHeldError } from '../compactor/lease.ts';
import { emptyWatch } from '../consumer/empty-watch.ts';
import type { Queue } from '../consumer/queue.ts';
import { estimateRun } from '../reprocess/estimate.ts';
import { isCancelled, type JournalledRun, type RunJournal } from '../reprocess/journal.ts';
import { listSources } from '../reprocess/list-sources.ts';
import {
  planReprocess,
  type PlanRequest,
  type ReprocessMode,
  type ReprocessPlan,
} from '../reprocess/plan.ts';
import { ingestedOfRun, raiseFloors } from '../reprocess/raise-floors.ts';
import { SendError, sendRun } from '../reprocess/send-run.ts';
import type { CollectionName } from '../schemas/source-object.ts';
import { calendarDate, collectionName, existingFolder, plainText, wholeNumber } from './arguments.ts';
import { CommandFailed, UsageError } from './ending.ts';
import { counted, grouped } from './figures.ts';
import { openReprocessQueue, openRunJournal, openRunRegistry, openStores } from './open.ts';
import { printJson, printNote, printText } from './output.ts';
import { startProgress, type Progress } from './progress.ts';
import { planJson, planText } from './reprocess-text.ts';
import { stopOnSignals } from './stop.ts';

interface PlanOptions {
  readonly local?: string;
  readonly collection?: readonly CollectionName[];
  readonly from?: string;
  readonly to?: string;
  readonly mode: ReprocessMode;
  readonly rate: number;
  readonly json?: true;
}

interface RunOptions extends PlanOptions {
  readonly plan?: string;
  readonly yes?: true;
  readonly again?: true;
  readonly dryRun?: true;
  readonly wait: boolean;
}

export function addReprocess(program: Command): void {
  const reprocess = program
    .command('reprocess')
    .description('read objects of the corporate bucket again')
    .addHelpText(
      'after',
      `
Examples:
  $ cdi reprocess plan --local ./sample --from 2026-11-18 --to 2026-11-20
  $ cdi reprocess run --local ./sample --from 2026-11-18 --to 2026-11-20 --yes`,
    );
  withPlanOptions(reprocess.command('plan'))
    .description('say what a run would send, and what it takes; changes nothing')
    .addHelpText(
      'after',
      `
Left out are originals that are in a coalesced object for certain, and copies with the
same bytes. The digest names the plan: give it to \`run\`. With nothing to send it ends
with 1.

Example:
  $ cdi reprocess plan --local ./sample --collection core:contract --from 2026-11-18 --to 2026-11-18`,
    )
    .action(plan);
  withPlanOptions(reprocess.command('run'))
    .description('send objects to the reprocess queue, each once')
    .option('--plan <DIGEST>', 'run this plan, and only if it is still what there is', plainText)
    .option('--yes', 'run what is there now without having seen the plan')
    .option('--again', 'run a plan once more that has been run to its end')
    .option('--dry-run', 'only say what would be sent')
    .option('--no-wait', 'with --mode replace: end when all is sent; run it again to finish')
    .addHelpText(
      'after',
      `
A run that was broken off goes on when the same command is given again: it sends what
was planned then and was not sent yet. Read the queue with \`cdi consume --reprocess\`.
With --mode replace it waits until each object is ingested, and then has rows of older
generations no longer count; while an object is missing it never does.

Examples:
  $ cdi reprocess run --local ./sample --from 2026-11-18 --to 2026-11-20 --plan DIGEST
  $ cdi reprocess run --local ./sample --from 2026-11-18 --to 2026-11-20 --mode replace --yes`,
    )
    .action(run);
  reprocess
    .command('cancel')
    .description('end a run that is not finished, so that it is not gone on with')
    .argument('<DIGEST>', 'of its plan', plainText)
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .option('--json', 'print the result for a program')
    .addHelpText(
      'after',
      `
A process that is sending stops. What was sent stays in the queue, and what comes of it
merges with what is there; with --mode replace older rows go on counting. A run that
has begun to replace them can only be finished. After it, \`run\` begins a new run.

Example:
  $ cdi reprocess cancel DIGEST --local ./sample`,
    )
    .action(cancel);
}

function withPlanOptions(command: Command): Command {
  return command
    .option('--local <DIR>', 'work in this folder', existingFolder)
    .option(
      '--collection <DB:COLLECTION>',
      'only this collection; may be given several times',
      (text: string, before: readonly CollectionName[] | undefined) => [
        ...(before ?? []),
        collectionName(text),
      ],
    )
    .option('--from <DATE>', 'first export date: the day after the date of the folder', calendarDate)
    .option('--to <DATE>', 'last export date', calendarDate)
    .addOption(
      new Option('--mode <MODE>', 'whether rows that are there already go on counting')
        .choices(['merge', 'replace'])
        .default('merge'),
    )
    .option('--rate <N>', 'most objects a second', wholeNumber(1), 50)
    .option('--json', 'print the result for a program');
}

async function plan(options: PlanOptions): Promise<void> {
  const progress = startProgress();
  const made = await makePlan(options, requestOf(options), progress).finally(() => progress.end());
  tellPlan(options, made);
}

function tellPlan({ json, rate }: PlanOptions, made: ReprocessPlan): void {
  const estimate = estimateRun(made, rate);
  if (json) printJson(planJson(made, estimate));
  else printText(planText(made, estimate));
  if (made.objects.length === 0) throw nothingToSend(made.request);
}

async function run(options: RunOptions): Promise<void> {
  const { local, json, yes, dryRun, rate, wait } = options;
  const request = requestOf(options);
  if (options.plan === undefined && !yes && !dryRun) {
    throw new UsageError('say which plan with --plan DIGEST (cdi reprocess plan shows it), or --yes');
  }
  const progress = startProgress();
  if (dryRun) {
    const made = await makePlan(options, request, progress).finally(() => progress.end());
    return tellPlan(options, made);
  }
  const stop = stopOnSignals();
  const journal = await openRunJournal(local);
  const queue = await openReprocessQueue(local);
  try {
    const begun = await beginRun(options, request, journal, progress);
    const isOld = begun.state === 'finished';
    if (!isOld) {
      const sent = await sendRun(begun, {
        queue,
        journal,
        objectsPerSecond: rate,
        signal: stop.signal,
        onSent: (count) => progress.update(sendingLine(count, begun.objects)),
      });
      if (await isCancelled(journal, begun)) throw cancelled({ ...begun, sent });
      if (sent < begun.objects) throw stopped({ ...begun, sent });
      if (begun.mode === 'merge') {
        if (!(await journal.advance(begun, 'finished'))) throw cancelled({ ...begun, sent });
      } else if (wait) await finishReplace(local, begun, journal, { queue, progress, signal: stop.signal });
    }
    progress.end();
    const isFinished = isOld || begun.mode === 'merge' || wait;
    if (json) printJson({ ...begun, sent: begun.objects, state: isFinished ? 'finished' : begun.state });
    else printText(runText(begun, isOld, isFinished));
  } catch (error) {
    if (error instanceof SendError) throw new CommandFailed(`the queue took no more: ${error.message}`);
    if (error instanceof LeaseHeldError) throw new CommandFailed(`${error.message}; run it again then`);
    throw error;
  } finally {
    progress.end();
    stop.dispose();
    await journal.close();
    await queue.close();
  }
}

/** What was begun goes on as it was planned; the bucket may have changed meanwhile. */
async function beginRun(
  options: RunOptions,
  request: PlanRequest,
  journal: RunJournal,
  progress: Progress,
): Promise<JournalledRun> {
  const before =
    options.plan === undefined
      ? await journal.findByRequest(request)
      : await journal.findByDigest(options.plan);
  if (before !== undefined && !startsAnew(before, options)) return before;
  const made = await makePlan(options, request, progress);
  if (made.objects.length === 0) throw nothingToSend(request);
  if (options.plan !== undefined && made.digest !== options.plan) {
    throw new CommandFailed(
      `the plan is not what there is: it is ${made.digest} now; look at it with cdi reprocess plan`,
    );
  }
  const same = await journal.findByDigest(made.digest);
  return same !== undefined && !startsAnew(same, options) ? same : journal.begin(made, Date.now());
}

function startsAnew({ state }: JournalledRun, { again }: RunOptions): boolean {
  return state === 'cancelled' || (state === 'finished' && again === true);
}

async function finishReplace(
  local: string | undefined,
  begun: JournalledRun,
  journal: RunJournal,
  {
    queue,
    progress,
    signal,
  }: {
    readonly queue: Queue;
    readonly progress: Progress;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const stores = await openStores(local);
  const planned = await journal.objects(begun);
  const emptiness = emptyWatch(queue.depthLagMs);
  for (;;) {
    if (await isCancelled(journal, begun)) throw cancelled({ ...begun, sent: begun.objects });
    // The queue first: what it no longer has is durable, and so in the parts that are read after it.
    const depth = await queue.depth();
    if (emptiness.isEmpty(depth)) {
      const { missing, days, mixedDays } = await ingestedOfRun(stores, begun.generation, planned);
      if (missing.length > 0) throw notIngested(missing, depth.dead);
      if (!(await journal.advance(begun, 'replacing'))) {
        if (await isCancelled(journal, begun)) throw cancelled({ ...begun, sent: begun.objects });
        return; // Another process has finished it.
      }
      const runs = await openRunRegistry(local);
      try {
        await raiseFloors(stores.published, runs, days, begun.generation);
      } finally {
        await runs.close();
      }
      for (const { db, collection, exportDate } of mixedDays) {
        printNote(
          `${db}:${collection} ${exportDate}: older rows go on counting, some are of objects not planned`,
        );
      }
      await journal.advance(begun, 'finished');
      return;
    }
    const waiting = depth.visible + depth.inFlight + depth.delayed;
    progress.update(`${counted(waiting, 'message')} of the reprocess queue to be ingested`);
    await pause(POLL_MS, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) {
      throw new CommandFailed('stopped: all is sent, and older rows go on counting until it is run again');
    }
  }
}

const POLL_MS = 1_000;

async function cancel(digest: string, { local, json }: Pick<PlanOptions, 'local' | 'json'>): Promise<void> {
  const journal = await openRunJournal(local);
  try {
    const found = await journal.findByDigest(digest);
    if (found === undefined) {
      throw new CommandFailed(`there is no run of plan ${digest}; cdi reprocess plan shows the digest`);
    }
    const isDone = await journal.advance(found, 'cancelled');
    const now = (await journal.findByDigest(digest)) ?? found;
    if (!isDone) throw notCancelled(now);
    if (json) printJson(now);
    else {
      const sent = `${grouped(now.sent)} of ${counted(now.objects, 'object')}`;
      printText(`Cancelled, with ${sent} sent in generation ${now.generation}. Older rows go on counting.`);
    }
  } finally {
    await journal.close();
  }
}

async function makePlan(
  { local }: PlanOptions,
  request: PlanRequest,
  progress: Progress,
): Promise<ReprocessPlan> {
  const listing = [];
  for await (const listed of listSources((await openStores(local)).corporate, request.from, request.to)) {
    listing.push(listed);
    progress.update(`${counted(listing.length, 'object')} listed`);
  }
  return planReprocess(listing, request);
}

function requestOf({ collection = [], from, to, mode }: PlanOptions): PlanRequest {
  if (from === undefined || to === undefined) {
    throw new UsageError('say which export dates with --from DATE and --to DATE');
  }
  if (from > to) throw new UsageError('--from is after --to');
  return { collections: collection, from, to, mode };
}

/** What a person sees while it sends. */
function sendingLine(sent: number, of: number): string {
  const filled = Math.floor((BAR_WIDTH * sent) / of);
  const bar = `${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}`;
  return `[${bar}] ${grouped(sent)} of ${counted(of, 'object')} sent`;
}

const BAR_WIDTH = 20;

function runText(begun: JournalledRun, isOld: boolean, isFinished: boolean): string {
  const { objects, generation, digest, mode } = begun;
  if (isOld)
    return `Plan ${digest} has been run: ${counted(objects, 'object')}. To run it once more: --again`;
  const sent = `${counted(objects, 'object')} sent in generation ${generation}.`;
  if (!isFinished) return `${sent} Older rows go on counting until it is run again.`;
  return mode === 'replace'
    ? `${sent} All are ingested, and older rows no longer count.`
    : `${sent} Next: cdi consume --reprocess --drain`;
}

function nothingToSend({ from, to }: PlanRequest): CommandFailed {
  return new CommandFailed(`there are no objects to read again from ${from} to ${to}`);
}

function stopped({ digest, sent, objects }: JournalledRun): CommandFailed {
  return new CommandFailed(
    `stopped after ${grouped(sent)} of ${counted(objects, 'object')}; give the same command to go on, or end it with cdi reprocess cancel ${digest}`,
  );
}

function cancelled({ digest, sent, objects }: JournalledRun): CommandFailed {
  return new CommandFailed(
    `plan ${digest} was cancelled after ${grouped(sent)} of ${counted(objects, 'object')}; give the same command to run it from the start`,
  );
}

function notCancelled({ state, objects }: JournalledRun): CommandFailed {
  return new CommandFailed(
    state === 'replacing'
      ? 'the run has begun to replace older rows: give its command again to finish it'
      : `the run is finished, with ${counted(objects, 'object')} sent: there is nothing to cancel, and to run it once more, run --again`,
  );
}

function notIngested(missing: readonly string[], dead: number): CommandFailed {
  const letters = dead === 0 ? '' : `, ${counted(dead, 'dead letter')}`;
  return new CommandFailed(
    `${counted(missing.length, 'object')} not ingested whole${letters}, the first ${missing[0] ?? ''}: older rows go on counting`,
  );
}
