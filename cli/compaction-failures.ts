import type { CollectionOutcome } from '../compactor/compact.ts';

/** What was not compacted, and why. */
export function compactionFailures(outcomes: readonly CollectionOutcome[]): readonly string[] {
  return outcomes.flatMap((outcome) => {
    if (outcome.kind === 'in-work') return [`${outcome.collection} was left out: ${outcome.reason}`];
    return outcome.days.flatMap((day) =>
      day.kind === 'failed' ? [`${outcome.collection} ${day.exportDate}: ${day.reason}`] : [],
    );
  });
}
