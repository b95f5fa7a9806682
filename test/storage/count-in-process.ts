import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { TABLE } from './catalogue-suite.ts';

/**
 * Run as `count-in-process.ts FILE TIMES`: adds one to a parameter of the table and one of its only partition, each as
 * often, again after each conflict.
 */
const [file = '', times] = process.argv.slice(2);
const catalogue = sqliteCatalogue(file);
const { database, name } = TABLE;

for (let counted = 0; counted < Number(times);) {
  const table = await catalogue.getTable(database, name);
  if (table === undefined) throw new Error('the table is gone');
  const { kind } = await catalogue.updateTable({ ...table, ...countedUp(table) }, table.version);
  if (kind === 'updated') counted++;
}

for (let counted = 0; counted < Number(times);) {
  const [partition] = await catalogue.listPartitions(database, name);
  if (partition === undefined) throw new Error('the partition is gone');
  const next = { ...partition, ...countedUp(partition) };
  const { kind } = await catalogue.swapPartition(database, name, next, partition);
  if (kind === 'swapped') counted++;
}
await catalogue.close();

function countedUp({ parameters }: { readonly parameters: Readonly<Record<string, string>> }) {
  return { parameters: { counter: String(Number(parameters['counter']) + 1) } };
}
