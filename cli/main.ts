#!/usr/bin/env node
import { Command } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { isDebug } from '../settings.ts';
import { addClose } from './close.ts';
import { addCompact } from './compact.ts';
import { addConsume } from './consume.ts';
import { addDemo } from './demo.ts';
import { addDlq } from './dlq.ts';
import { endingOf, endProcess } from './ending.ts';
import { addExplain } from './explain.ts';
import { addGc } from './gc.ts';
import { addGenerate } from './generate.ts';
import { addHead } from './head.ts';
import { addHeal } from './heal.ts';
import { addInspect } from './inspect.ts';
import { addNotify } from './notify.ts';
import { addQuarantine } from './quarantine.ts';
import { addReprocess } from './reprocess.ts';
import { addShard } from './shard.ts';
import { addStatus } from './status.ts';
import { addTables } from './tables.ts';
import { addVerify } from './verify.ts';

const program = new Command('cdi')
  .description(packageFile.description)
  .version(packageFile.version)
  .exitOverride()
  .configureOutput({ outputError: () => {} }) // endProcess says it, on one line
  .helpCommand(false)
  .addHelpText('after', '\nStart with:\n  $ cdi demo\n  $ cdi <command> --help');

addDemo(program);
addGenerate(program);
addNotify(program);
addConsume(program);
addCompact(program);
addShard(program);
addClose(program);
addHeal(program);
addReprocess(program);
addVerify(program);
addGc(program);
addStatus(program);
addTables(program);
addHead(program);
addExplain(program);
addInspect(program);
addQuarantine(program);
addDlq(program);

process.stdout.on('error', (error) => endProcess(endingOf(error), isDebug()));

try {
  const words = process.argv.slice(2);
  await program.parseAsync(words.length === 0 ? ['--help'] : words, { from: 'user' });
  endProcess({ kind: 'done' }, isDebug());
} catch (error) {
  endProcess(endingOf(error), isDebug());
}
