import { benchCompaction, compactionBenchDefaults } from './compaction.ts';
import { benchIngest } from './ingest.ts';
import { benchOrc, orcBenchDefaults } from './orc.ts';
import { benchRecords } from './records.ts';
import { benchReprocessBeside } from './reprocess-beside.ts';

const benches: Record<string, () => Promise<unknown>> = {
  records: benchRecords,
  ingest: benchIngest,
  orc: () => benchOrc(orcBenchDefaults),
  compaction: () => benchCompaction(compactionBenchDefaults),
  reprocess: benchReprocessBeside,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  process.stderr.write(
    `no benchmark is called ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stdout.write(`\n${name}\n`);
    await bench();
  }
}
