import { withLease } from '../../compactor/lease.ts';
import { sqliteRunRegistry } from '../../storage/sqlite-run-registry.ts';

/** Run as `hold-lease-in-process.ts FILE NAME`: holds the lease until it is killed, and writes a line once it does. */
const [file = '', name = ''] = process.argv.slice(2);
await withLease(sqliteRunRegistry(file), name, async () => {
  process.stdout.write('held\n');
  await new Promise(() => {});
});
