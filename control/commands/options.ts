import { type Command, InvalidArgumentError, Option } from 'commander';
import { mostLedgers, periodForm } from '../values.ts';

/** The ledger that commands mean unless told otherwise. */
export const defaultLedger = 1;

/** Parses a whole number in a range; the message names the range. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < low || number > high) {
      throw new InvalidArgumentError(`It takes a whole number from ${low} to ${high}.`);
    }
    return number;
  };
}

/** A month such as 2003-01. */
export function period(text: string): string {
  if (!periodForm.test(text)) throw new InvalidArgumentError('A period is a month, such as 2003-01.');
  return text;
}

/** The number of a ledger. */
export const ledgerNumber = wholeNumber(1, mostLedgers);

/** `--ledger`, for all that works on one. */
export function ledgerOption(): Option {
  return new Option('--ledger <id>', 'the ledger').default(defaultLedger).argParser(ledgerNumber);
}

/** Adds an example to a command's help. */
export function example(command: Command, ...lines: string[]): Command {
  return command.addHelpText('after', `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
