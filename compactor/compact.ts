import { randomUUID } from 'node:crypto';
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
import { readFacts } from './facts.ts';
import { LeaseHeldError, leaseOf, withLease } from './lease.ts';
import { plan, stepsOf, type DayPlan } from './plan.ts';
import { publish } from './publish.ts';
import { registerQuarantine } from './register-quarantine.ts';
import { sizeOf } from './versions.ts';
import { nameKey, type Collection } from '../schemas/collection.ts';
import type { Manifest } from '../schemas/manifest.ts';
import type { Catalogue } from '../storage/catalogue.ts';
import type { RunCounts, RunRegistry } from '../storage/run-registry.ts';

export interface CompactOptions extends BuildOptions {
  readonly catalogue: Catalogue;
  readonly runs: RunRegistry;
  /** The data definition of each typed table of the collection, in their order. */
  readonly definitions: readonly string[];
  /** Ends the run between two steps; what is published by then stays. */
  readonly signal: AbortSignal;
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
    }
  | {
      readonly kind: 'failed';
      readonly exportDate: string;
      readonly reason: string;
      readonly elapsedMs: number;
    };

/** A collection that readers have everything of has no outcomes. */
export type CollectionOutcome =
  | { readonly kind: 'compacted'; readonly collection: string; readonly days: readonly DayOutcome[] }
  /** Another compactor is at work on it. */
  | { readonly kind: 'in-work'; readonly collection: string; readonly reason: string };

/** How often a run is planned anew because somebody else has published meanwhile. */
const MOST_PLANS = 3;

/**
 * Brings what readers have of a collection up to date: plan, and for each day that has something to be done, in order,
 * merge, snapshot, typed tables, prove, publish, certify. The first day that fails ends it, as those behind stand on it.
 *
 * Under a lease, so that two compactors don't do the same work; but every step may be done by two of them, or twice,
 * or be broken off: versions are named by what they are made of, and publishing compares and swaps.
 *
 * @param exportDate - only this day, and what it stands on and what stands on it
 */
export async function compactCollection(
  options: CompactOptions,
  collection: Collection,
  exportDate?: string,
): Promise<CollectionOutcome> {
  const name = nameKey(collection);
  try {
    return await withLease(options.runs, leaseOf(collection), async (lost) => {
      const signal = AbortSignal.any([options.signal, lost]);
      for (let attempt = 1; ; attempt++) {
        try {
          const days = await compactDays({ ...options, signal }, collection, exportDate);
          return { kind: 'compacted', collection: name, days };
        } catch (error) {
          if (!(error instanceof PublishedMeanwhileError) || attempt === MOST_PLANS) throw error;
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
): Promise<readonly DayOutcome[]> {
  const { published, catalogue, definitions } = options;
  let view = await readCatalogue(catalogue, collection);
  const certificates = new Map(await readCertificates(published, collection));
  const facts = await readFacts(
    published,
    collection,
    definitions,
    view,
    new Map([...certificates].map(([date, issued]) => [date, certificateFacts(issued)])),
  );
  const days = plan(facts, exportDate);
  if (days.length > 0) options.pool.warmUp(options.shards);
  const outcomes: DayOutcome[] = [];
  for (const [index, day] of days.entries()) {
    const progress = (doing: CompactProgress['doing']): void =>
      options.onProgress({
        collection: nameKey(collection),
        exportDate: day.exportDate,
        doing,
        day: index + 1,
        days: days.length,
      });
    const previous = lastBefore(certificates, day.exportDate);
    const outcome = await recorded(options.runs, day, () =>
      compactDay(options, collection, view, day, previous, progress),
    );
    if (outcome.kind === 'failed') return [...outcomes, outcome];
    outcomes.push(outcome.day);
    ({ view } = outcome);
    certificates.set(day.exportDate, outcome.issued);
  }
  return outcomes;
}

interface CompactedDay {
  readonly issued: IssuedCertificate;
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
  await registerQuarantine(options.published, options.catalogue, day);
  progress('certify');
  const issued = await issueCertificate(options.published, day, manifests, await evidence, previous);
  return {
    issued,
    counts: countsOf(day, manifests),
    exportPrefix: day.snapshot?.prefix,
    view: published,
  };
}

/** Runs a day as a run of its own in the registry. */
async function recorded(
  runs: RunRegistry,
  { db, collection, exportDate, changes }: DayPlan,
  run: () => Promise<CompactedDay>,
): Promise<
  | Extract<DayOutcome, { kind: 'failed' }>
  | { kind: 'done'; day: DayOutcome; issued: IssuedCertificate; view: CatalogueView }
> {
  const key = { correlationId: randomUUID(), collection: nameKey({ db, collection }) };
  const startedAtMs = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startedAtMs);
  await runs.start({ ...key, exportDate, runId: changes.version });
  try {
    const { issued, counts, exportPrefix, view } = await run();
    await runs.finish(key, { counts, ...(exportPrefix !== undefined && { exportPrefix }) });
    const day = { exportDate, counts, elapsedMs: elapsedMs(), certificate: issued.sha256 };
    return { kind: 'done', day: { kind: 'published', ...day }, issued, view };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    await runs.fail(key, { reason });
    if (error instanceof PublishedMeanwhileError || (error as Error).name === 'AbortError') throw error;
    return { kind: 'failed', exportDate, reason, elapsedMs: elapsedMs() };
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

function lastBefore(
  certificates: ReadonlyMap<string, IssuedCertificate>,
  exportDate: string,
): IssuedCertificate | undefined {
  const before = [...certificates.keys()].filter((date) => date < exportDate).toSorted();
  return certificates.get(before.at(-1) ?? '');
}
