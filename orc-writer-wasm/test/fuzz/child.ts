import { fuzzFiles } from './cases.ts';
import { runCase } from './outcome.ts';
import type { Message } from './main.ts';

const [seed = 0, from = 0, to = 0] = process.argv.slice(2).map(Number);
const files = await fuzzFiles();
for (let number = from; number < to; number++) {
  tell({ kind: 'begun', number });
  const outcome = await runCase(files, seed, number);
  tell({ kind: 'done', outcome, memory: process.memoryUsage.rss() });
}
process.disconnect();

function tell(message: Message): void {
  process.send?.(message);
}
