#!/usr/bin/env node
import { Command } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { isDebug } from '../settings.ts';
import { addConsume } from './consume.ts';
import { endingOf, endProcess } from './ending.ts';
import { addGenerate } from './generate.ts';
import { addNotify } from './notify.ts';

const program = new Command('cdi')
  .description(packageFile.description)
  .version(packageFile.version)
  .exitOverride()
  .configureOutput({ outputError: () => {} }) // endProcess says it, on one line
  .helpCommand(false)
  .addHelpText('after', '\nStart with:\n  $ cdi demo\n  $ cdi <command> --help');

addGenerate(program);
addNotify(program);
addConsume(program);

process.stdout.on('error', (error) => endProcess(endingOf(error), isDebug()));

try {
  const words = process.argv.slice(2);
  await program.parseAsync(words.length === 0 ? ['--help'] : words, { from: 'user' });
  endProcess({ kind: 'done' }, isDebug());
} catch (error) {
  endProcess(endingOf(error), isDebug());
}
