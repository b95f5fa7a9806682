import type { DatabaseSync } from 'node:sqlite';
import type { Lease, Leases } from './leases.ts';
import { transaction } from './sqlite-file.ts';
import { integerIn, textIn } from './sqlite-row.ts';
import type { Row } from './sqlite-row.ts';

/** Leases in a database that was opened with {@link LEASE_SCHEMA}. A power cut may lose them: it ends the holders too. */
export function sqliteLeases(database: DatabaseSync): Leases {
  const take = database.prepare(
    `INSERT INTO lease (name, holder, expires_at_ms) VALUES ($name, $holder, $expiresAtMs)
     ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at_ms = excluded.expires_at_ms
     WHERE lease.expires_at_ms <= $nowMs OR lease.holder = $holder OR lease.holder = $takeOverFrom`,
  );
  const select = database.prepare('SELECT * FROM lease WHERE name = ?');
  const selectAll = database.prepare('SELECT * FROM lease ORDER BY name');
  const extend = database.prepare('UPDATE lease SET expires_at_ms = ? WHERE name = ? AND holder = ?');
  const remove = database.prepare('DELETE FROM lease WHERE name = ? AND holder = ?');

  return {
    async acquireLease({ name, holder, ttlMs, takeOverFrom }) {
      return transaction(database, 'process-crash', () => {
        const nowMs = Date.now();
        const { changes } = take.run({
          $name: name,
          $holder: holder,
          $expiresAtMs: nowMs + ttlMs,
          $nowMs: nowMs,
          $takeOverFrom: takeOverFrom ?? null,
        });
        if (changes === 1) return { kind: 'acquired' };
        const present = select.get(name);
        if (present === undefined) throw new Error(`lease ${name} was neither taken nor there`);
        const lease = leaseFrom(present);
        return { kind: 'held', holder: lease.holder, expiresAtMs: lease.expiresAtMs };
      });
    },

    async renewLease({ name, holder, ttlMs }) {
      return extend.run(Date.now() + ttlMs, name, holder).changes === 1;
    },

    async releaseLease({ name, holder }) {
      remove.run(name, holder);
    },

    async listLeases() {
      return selectAll.all().map(leaseFrom);
    },
  };
}

export const LEASE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

function leaseFrom(row: Row): Lease {
  return {
    name: textIn(row, 'name'),
    holder: textIn(row, 'holder'),
    expiresAtMs: integerIn(row, 'expires_at_ms'),
  };
}
