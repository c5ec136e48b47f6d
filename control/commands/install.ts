import type { Command } from 'commander';
import { install } from '../install.ts';
import { resolveServer } from '../server/index.ts';
import { example } from './options.ts';

/** Adds `install`. */
export function register(program: Command): void {
  const command = program
    .command('install')
    .description('install or upgrade schemas, functions and the default books in the database')
    .option('--json', 'what was done, as JSON')
    .action(async (options: { json?: boolean }) => {
      const { adminUrl } = await resolveServer();
      const done = await install(adminUrl);
      if (options.json) {
        console.log(JSON.stringify(done));
      } else if (done.migrations.length + done.functions.length === 0) {
        console.log('Everything is installed already.');
      } else {
        console.log(`Installed: ${done.migrations.length} migrations, ${done.functions.length} functions and views.`);
      }
    });
  example(command, 'monthend install');
}
