import { Command } from 'commander';
import { defaultSessions } from '../control/commands/close.ts';
import { example, wholeNumber } from '../control/commands/options.ts';

export interface BenchOptions {
  readonly transactions: number;
  readonly sessions: number;
  /** Parts that each batch is cut into; undefined: the setting of the database. */
  readonly workers?: number;
  readonly rounds: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** The command line of the benchmark, on a command that throws instead of ending the process. */
function benchCommand(): Command {
  const command = new Command('npm run bench --')
    .description(
      'Closes a generated month and copies the finished rows with plain INSERT … SELECT (the write floor), in turns,\n' +
      'and prints the ratio. Runs on a server of its own that it throws away; with DATABASE_URL (and MONTHEND_ADMIN_URL)\n' +
      'in databases of its own on that server, whose login must be able to make databases and to CHECKPOINT.',
    )
    .option('--transactions <n>', 'transactions of the month, 70 % of them premiums', wholeNumber(100, 100_000_000), 1_000_000)
    .option('--sessions <n>', 'sessions of the close, and of the floor', wholeNumber(1, 64), defaultSessions())
    .option('--workers <n>', 'parts that the batch is cut into (default: the setting workers)', wholeNumber(1, 1000))
    .option('--rounds <n>', 'how often both are measured, after a warm-up', wholeNumber(1, 100), 5)
    .option('--seed <n>', 'another one makes another month', wholeNumber(0, 2 ** 31), 1)
    .option('--json', 'the result as JSON on stdout')
    .showHelpAfterError('(npm run bench -- --help)')
    .exitOverride();
  return example(command, 'npm run bench -- --transactions 1000000', 'npm run --silent bench -- --transactions 50000 --rounds 1 --json');
}

/** Parses the arguments; throws a CommanderError, which has been printed. */
export function parseOptions(args: readonly string[]): BenchOptions {
  return benchCommand().parse(args, { from: 'user' }).opts<BenchOptions>();
}
