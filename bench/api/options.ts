import { Command } from 'commander';
import { defaultSessions } from '../../control/commands/close.ts';
import { example, wholeNumber } from '../../control/commands/options.ts';

export interface LoadOptions {
  readonly transactions: number;
  readonly sessions: number;
  readonly pairs: number;
  readonly rate: number;
  readonly viewers: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** Parses the arguments; throws a CommanderError, which has been printed. */
export function parseOptions(args: readonly string[]): LoadOptions {
  const command = new Command('npm run bench:api --')
    .description(
      'Closes a generated month through the API of a service of its own, with and without readers beside it, in turns:\n' +
      'latencies of the reads, times of the batch; then once more with clients that follow its events, and the memory\n' +
      'of the service meanwhile. Where it runs, and what it needs: as npm run bench.',
    )
    .option('--transactions <n>', 'transactions of the month', wholeNumber(100, 100_000_000), 1_000_000)
    .option('--sessions <n>', 'sessions of the batch', wholeNumber(1, 64), defaultSessions())
    .option('--pairs <n>', 'batches with readers, and as many without', wholeNumber(1, 100), 5)
    .option('--rate <n>', 'reads a second', wholeNumber(1, 1_000), 50)
    .option('--viewers <n>', 'clients that follow the events', wholeNumber(0, 1_000), 1_000)
    .option('--seed <n>', 'another one makes another month', wholeNumber(0, 2 ** 31), 1)
    .option('--json', 'the result as JSON on stdout')
    .showHelpAfterError('(npm run bench:api -- --help)')
    .exitOverride();
  example(command, 'npm run bench:api', 'npm run --silent bench:api -- --transactions 50000 --pairs 1 --viewers 100 --json');
  return command.parse(args, { from: 'user' }).opts<LoadOptions>();
}
