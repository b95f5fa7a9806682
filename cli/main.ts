#!/usr/bin/env node
import { Command } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { isDebug } from '../settings.ts';
import { endingOf, endProcess } from './ending.ts';

/** By name, in the order of the help. One that is asked for is loaded alone, which halves the start. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./demo.ts')).addDemo,
  generate: async () => (await import('./generate.ts')).addGenerate,
  notify: async () => (await import('./notify.ts')).addNotify,
  consume: async () => (await import('./consume.ts')).addConsume,
  compact: async () => (await import('./compact.ts')).addCompact,
  shard: async () => (await import('./shard.ts')).addShard,
  close: async () => (await import('./close.ts')).addClose,
  heal: async () => (await import('./heal.ts')).addHeal,
  reprocess: async () => (await import('./reprocess.ts')).addReprocess,
  verify: async () => (await import('./verify.ts')).addVerify,
  gc: async () => (await import('./gc.ts')).addGc,
  status: async () => (await import('./status.ts')).addStatus,
  tables: async () => (await import('./tables.ts')).addTables,
  head: async () => (await import('./head.ts')).addHead,
  explain: async () => (await import('./explain.ts')).addExplain,
  inspect: async () => (await import('./inspect.ts')).addInspect,
  quarantine: async () => (await import('./quarantine.ts')).addQuarantine,
  dlq: async () => (await import('./dlq.ts')).addDlq,
};

const program = new Command('cdi')
  .description(packageFile.description)
  .version(packageFile.version)
  .exitOverride()
  .configureOutput({ outputError: () => {} }) // endProcess says it, on one line
  .helpCommand(false)
  .addHelpText('after', '\nStart with:\n  $ cdi demo\n  $ cdi <command> --help');

process.stdout.on('error', (error) => endProcess(endingOf(error), isDebug()));

try {
  const words = process.argv.slice(2);
  const all = Object.entries(commands);
  const asked = all.filter(([name]) => name === words[0]);
  for (const [, load] of asked.length > 0 ? asked : all) (await load())(program);
  await program.parseAsync(words.length === 0 ? ['--help'] : words, { from: 'user' });
  endProcess({ kind: 'done' }, isDebug());
} catch (error) {
  endProcess(endingOf(error), isDebug());
}
