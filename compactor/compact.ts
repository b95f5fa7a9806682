import { hash, randomUUID } from 'node:crypto';
import type { BuildOptions } from './build.ts';
import { buildVersion } from './build-version.ts';
import { PublishedMeanwhileError, readCatalogue, type CatalogueView } from './catalogue-view.ts';
import {
  certificateFacts,
  issueCertificate,
  readCertificates,
  readEvidence,
  type IssuedCertificate,
} from './certificate.ts';
import { readFacts, shownPrefixes } from './facts.ts';
import { JobPendingError } from './job-board.ts';
import { LeaseHeldError, leaseOf, withLease } from './lease.ts';
import { plan, stepsOf, type CertificateFacts, type DayPlan } from './plan.ts';
import { publish } from './publish.ts';
import { registerQuarantine } from './register-quarantine.ts';
import { sizeOf } from './versions.ts';
import { nameKey, type Collection } from '../schemas/collection.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import type { RunCounts, RunKey, RunRegistry } from '../storage/run-registry.ts';

export interface CompactOptions extends BuildOptions {
  readonly catalogue: Catalogue;
  readonly runs: RunRegistry;
  /** The data definition of each typed table of the collection, in their order. */
  readonly definitions: readonly string[];
  /** Ends the run between two steps; what is published by then stays. */
  readonly signal: AbortSignal;
  /** The name of the run, when it is one over several tasks. */
  readonly run?: string | undefined;
  readonly onProgress: (progress: CompactProgress) => void;
}

/** What is being done. */
export interface CompactProgress {
  readonly collection: string;
  readonly exportDate: string;
  readonly doing: 'changes' | 'snapshot' | 'typed' | 'publish' | 'certify';
  readonly day: number;
  readonly days: number;
}

/** How a run of one export date ended. */
export type DayOutcome =
  | {
      readonly kind: 'published';
      readonly exportDate: string;
      readonly counts: RunCounts;
      readonly elapsedMs: number;
      /** The digest of the certificate. */
      readonly certificate: string;
      /** Source objects with rows of which none counts, as a reprocess run that replaced did not read them. */
      readonly uncounted: readonly string[];
    }
  | {
      readonly kind: 'failed';
      readonly exportDate: string;
      readonly reason: string;
      readonly elapsedMs: number;
    };

/** A collection that readers have everything of has no outcomes. */
export type CollectionOutcome =
  | PendingOutcome
  | { readonly kind: 'compacted'; readonly collection: string; readonly days: readonly DayOutcome[] }
  /** Another compactor is at work on it. */
  | { readonly kind: 'in-work'; readonly collection: string; readonly reason: string };

/**
 * Jobs have been handed out, see {@link jobBoard}. To go on when they are done, as planned: with the parts there were
 * then, however many have come since.
 */
export interface PendingOutcome {
  readonly kind: 'pending';
  readonly collection: string;
  /** Of days that have ended. */
  readonly days: readonly DayOutcome[];
  readonly left: readonly DayPlan[];
  /** The digest of what readers had then, as the plan holds only for that. */
  readonly shown: string;
  /** How often it was planned by now. */
  readonly plans: number;
}

/** How often a run is planned because somebody else has published meanwhile. */
const MOST_PLANS = 3;

/**
 * Brings what readers have of a collection up to date: plan, and for each day that has something to be done, in order,
 * merge, snapshot, typed tables, prove, publish, certify. The first day that fails ends it, as those behind stand on it.
 *
 * Under a lease, so that two compactors don't do the same work; but every step may be done by two of them, or twice,
 * or be broken off: versions are named by what they are made of, and publishing compares and swaps.
 *
 * @param exportDate - only this day, and what it stands on and what stands on it
 * @param pending - what an earlier step of the run has left to do
 */
export async function compactCollection(
  options: CompactOptions,
  collection: Collection,
  exportDate?: string,
  pending?: PendingOutcome,
): Promise<CollectionOutcome> {
  const name = nameKey(collection);
  try {
    return await withLease(options.runs, leaseOf(collection), async (lost) => {
      const signal = AbortSignal.any([options.signal, lost]);
      let earlier = pending;
      for (let plans = pending?.plans ?? 1; ; plans++) {
        try {
          const { left, ...outcome } = await compactDays(
            { ...options, signal },
            collection,
            exportDate,
            earlier,
          );
          return left.length === 0
            ? { kind: 'compacted', collection: name, days: outcome.days }
            : { kind: 'pending', collection: name, ...outcome, left, plans };
        } catch (error) {
          if (!(error instanceof PublishedMeanwhileError) || plans === MOST_PLANS) throw error;
          earlier = undefined;
        }
      }
    });
  } catch (error) {
    if (!(error instanceof LeaseHeldError)) throw error;
    return { kind: 'in-work', collection: name, reason: error.message };
  }
}

async function compactDays(
  options: CompactOptions,
  collection: Collection,
  exportDate: string | undefined,
  earlier: PendingOutcome | undefined,
): Promise<Pick<PendingOutcome, 'days' | 'left' | 'shown'>> {
  const { published, catalogue, definitions } = options;
  let view = await readCatalogue(catalogue, collection);
  const shown = digestOf(view);
  if (earlier !== undefined && earlier.shown !== shown) {
    throw new PublishedMeanwhileError(nameKey(collection));
  }
  const certificates = new Map(await readCertificates(published, collection));
  const ended = earlier?.days ?? [];
  const planned =
    earlier?.left ??
    plan(await readFacts(published, collection, definitions, view, factsOf(certificates)), exportDate);
  if (planned.length > 0) options.pool.warmUp(options.shards);
  const outcomes = [...ended];
  for (const [index, day] of planned.entries()) {
    const progress = (doing: CompactProgress['doing']): void =>
      options.onProgress({
        collection: nameKey(collection),
        exportDate: day.exportDate,
        doing,
        day: ended.length + index + 1,
        days: ended.length + planned.length,
      });
    const previous = lastBefore(certificates, day.exportDate);
    const outcome = await recorded(options, day, () =>
      compactDay(options, collection, view, day, previous, progress),
    );
    if (outcome.kind === 'pending') {
      const left = planned.slice(index);
      await handOut(options, left);
      return {
        days: outcomes,
        left,
        shown: index === 0 ? shown : digestOf(await readCatalogue(catalogue, collection)),
      };
    }
    outcomes.push(outcome.kind === 'failed' ? outcome : outcome.day);
    if (outcome.kind === 'failed') break;
    ({ view } = outcome);
    certificates.set(day.exportDate, outcome.issued);
  }
  return { days: outcomes, left: [], shown };
}

/** Has all jobs handed out that can be done already. What stands on others is told when its turn comes. */
async function handOut(options: CompactOptions, days: readonly DayPlan[]): Promise<void> {
  for (const day of days) {
    options.signal.throwIfAborted();
    await Promise.allSettled(stepsOf(day).map((step) => buildVersion(options, step)));
  }
}

interface CompactedDay {
  readonly issued: IssuedCertificate;
  readonly uncounted: readonly string[];
  readonly counts: RunCounts;
  readonly exportPrefix: string | undefined;
  /** What the catalogue shows now. */
  readonly view: CatalogueView;
}

async function compactDay(
  options: CompactOptions,
  collection: Collection,
  view: CatalogueView,
  day: DayPlan,
  previous: IssuedCertificate | undefined,
  progress: (doing: CompactProgress['doing']) => void,
): Promise<CompactedDay> {
  const manifests = new Map<string, Manifest>();
  // Read while threads merge; a fault is told when it is asked for.
  const evidence = readEvidence(options.published, day.changes.recipe);
  evidence.catch(() => {});
  for (const step of stepsOf(day)) {
    options.signal.throwIfAborted();
    progress(step.recipe.kind);
    manifests.set(step.prefix, await buildVersion(options, step));
  }
  options.signal.throwIfAborted();
  progress('publish');
  const published = await publish(options.catalogue, collection, view, day, manifests);
  const read = await evidence;
  await registerQuarantine(options.published, options.catalogue, day, read.ledger.quarantined.total);
  progress('certify');
  const issued = await issueCertificate(options.published, day, manifests, read, previous);
  return {
    issued,
    uncounted: read.uncounted,
    counts: countsOf(day, manifests),
    exportPrefix: day.snapshot?.prefix,
    view: published,
  };
}

/** Runs a day as a run of its own in the registry, which goes on while jobs are pending. */
async function recorded(
  { runs, run }: CompactOptions,
  day: DayPlan,
  compacted: () => Promise<CompactedDay>,
): Promise<
  | Extract<DayOutcome, { kind: 'failed' }>
  | { kind: 'pending' }
  | { kind: 'done'; day: DayOutcome; issued: IssuedCertificate; view: CatalogueView }
> {
  const { exportDate } = day;
  const { key, startedAtMs } = await startRun(runs, day, run);
  const elapsedMs = (): number => Date.now() - startedAtMs;
  try {
    const { issued, uncounted, counts, exportPrefix, view } = await compacted();
    await runs.finish(key, { counts, ...(exportPrefix !== undefined && { exportPrefix }) });
    const ended = { exportDate, counts, elapsedMs: elapsedMs(), certificate: issued.sha256, uncounted };
    return { kind: 'done', day: { kind: 'published', ...ended }, issued, view };
  } catch (error) {
    if (error instanceof JobPendingError) return { kind: 'pending' };
    const reason = error instanceof Error ? error.message : String(error);
    await runs.fail(key, { reason });
    if (error instanceof PublishedMeanwhileError || (error as Error).name === 'AbortError') throw error;
    return { kind: 'failed', exportDate, reason, elapsedMs: elapsedMs() };
  }
}

interface StartedRun {
  readonly key: RunKey;
  readonly startedAtMs: number;
}

/** A run over several tasks goes on in each step as it began; what ended before stays as it is. */
async function startRun(
  runs: RunRegistry,
  { db, collection, exportDate, changes }: DayPlan,
  run: string | undefined,
): Promise<StartedRun> {
  for (let attempt = 1; ; attempt++) {
    const correlationId = run === undefined ? randomUUID() : `${run}.${exportDate}.${attempt}`;
    const key = { correlationId, collection: nameKey({ db, collection }) };
    const { record } = await runs.start({ ...key, exportDate, runId: changes.version });
    if (record.Status !== 'IN_PROGRESS') continue;
    if (record.Run_Id === changes.version) return { key, startedAtMs: Date.parse(record.Started_At) };
    await runs.fail(key, { reason: 'it was planned anew' });
  }
}

function countsOf(
  { changes, snapshot, typed }: DayPlan,
  manifests: ReadonlyMap<string, Manifest>,
): RunCounts {
  const merged = manifests.get(changes.prefix);
  const summed = snapshot && manifests.get(snapshot.prefix);
  const misfits = typed.flatMap(({ prefix }) => Object.values(manifests.get(prefix)?.misfits ?? {}));
  return {
    parts: changes.recipe.parts.length,
    rows_in: merged?.counts.rowsIn ?? 0,
    duplicates: merged?.counts.duplicates ?? 0,
    superseded: merged?.counts.superseded ?? 0,
    rows_out: merged?.counts.rowsOut ?? 0,
    files: sizeOf(merged?.files ?? []).files,
    bytes: sizeOf(merged?.files ?? []).bytes,
    ...(summed && { snapshot_rows: sizeOf(summed.files).rows }),
    ...(typed.length > 0 && { misfits: misfits.reduce((sum, count) => sum + count, 0) }),
  };
}

function factsOf(
  certificates: ReadonlyMap<string, IssuedCertificate>,
): ReadonlyMap<string, CertificateFacts> {
  return new Map([...certificates].map(([date, issued]) => [date, certificateFacts(issued)]));
}

/** The digest of the versions that readers see. */
function digestOf(view: CatalogueView): string {
  return hash('sha256', JSON.stringify([...shownPrefixes(view).values()].flat().toSorted()));
}

function lastBefore(
  certificates: ReadonlyMap<string, IssuedCertificate>,
  exportDate: string,
): IssuedCertificate | undefined {
  const before = [...certificates.keys()].filter((date) => date < exportDate).toSorted();
  return certificates.get(before.at(-1) ?? '');
}
