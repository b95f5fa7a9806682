import type { CloseInput } from './close-definition.ts';

export interface CloseSchedule {
  readonly name: string;
  /** In UTC, whatever the season. */
  readonly cron: string;
  readonly scope: CloseInput['scope'];
}

/**
 * When the export date that began at midnight is closed. The times are those of the job that this replaces; its rule for
 * Fridays made the snapshot, which is now made every day. What has no schedule of its own comes last.
 */
export const closeSchedules: readonly CloseSchedule[] = [
  {
    name: 'business-audit',
    cron: 'cron(30 09 ? * 2-7 *)',
    scope: '--collection=data:businessAudit',
  },
  // After the coalescer, which works at half past eight on Sundays.
  {
    name: 'business-audit-sunday',
    cron: 'cron(00 10 ? * 1 *)',
    scope: '--collection=data:businessAudit',
  },
  {
    name: 'calculation-parts',
    cron: 'cron(30 09 ? * 1-5,7 *)',
    scope: '--collection=calculator:calculationParts',
  },
  {
    name: 'calculation-parts-friday',
    cron: 'cron(30 09 ? * 6 *)',
    scope: '--collection=calculator:calculationParts',
  },
  { name: 'all', cron: 'cron(30 10 ? * * *)', scope: '--all' },
];

/** When garbage is collected: on Saturdays, when the closes of the day have ended and those of Sunday are far. */
export const GC_CRON = 'cron(00 18 ? * 7 *)';
