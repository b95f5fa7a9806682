import { sqliteCatalogue } from '../../storage/sqlite-catalogue.ts';
import { TABLE } from './catalogue-suite.ts';

/** Run as `count-in-process.ts FILE TIMES`: adds one to a parameter of the table, as often, again after each conflict. */
const [file = '', times] = process.argv.slice(2);
const catalogue = sqliteCatalogue(file);
for (let counted = 0; counted < Number(times);) {
  const table = await catalogue.getTable(TABLE.database, TABLE.name);
  if (table === undefined) throw new Error('the table is gone');
  const counter = String(Number(table.parameters['counter']) + 1);
  const { kind } = await catalogue.updateTable({ ...table, parameters: { counter } }, table.version);
  if (kind === 'updated') counted++;
}
await catalogue.close();
