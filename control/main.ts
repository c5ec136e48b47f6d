import { Command, CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { printError } from './output/print-error.ts';
import { register as alert } from './commands/alert.ts';
import { register as cancel } from './commands/cancel.ts';
import { example } from './commands/options.ts';
import { register as close } from './commands/close.ts';
import { register as db } from './commands/db.ts';
import { register as doctor } from './commands/doctor.ts';
import { register as importFiles } from './commands/import.ts';
import { register as install } from './commands/install.ts';
import { register as key } from './commands/key.ts';
import { register as kpi } from './commands/kpi.ts';
import { register as ledger } from './commands/ledger.ts';
import { register as rejects } from './commands/rejects.ts';
import { register as resume } from './commands/resume.ts';
import { register as scale } from './commands/scale.ts';
import { register as schedule } from './commands/schedule.ts';
import { register as serve } from './commands/serve.ts';
import { register as service } from './commands/service.ts';
import { register as sql } from './commands/sql.ts';
import { register as start } from './commands/start.ts';
import { register as status } from './commands/status.ts';

// Each command is a file of its own that adds itself: a new one is two lines here.
const commands = [start, db, install, importFiles, close, status, resume, scale, cancel, rejects, ledger, doctor, kpi, alert, sql, schedule, service, serve, key];

const program = new Command('monthend')
  .description('The month-end close of an insurer, done inside PostgreSQL.')
  .showHelpAfterError('(monthend --help lists the commands; each has --help with an example)')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'ERROR: ')) });

for (const register of commands) register(program);
example(program, 'monthend start', 'monthend close 2003-02');

// A reader that has seen enough (`monthend sql … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.unexpected);
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed already; help and version are no errors.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    process.exitCode = printError(error);
  }
}
