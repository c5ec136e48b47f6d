/**
 * The exit codes of `monthend`, by what is to be done next, so that a script can tell it without
 * reading messages. docs/operator.md lists them; 128 + n is left to shells and signals.
 */
export const exitCodes = {
  /** Done as asked. */
  ok: 0,
  /** Something no code below covers, or a run that needs a repair (M3 to M5): read the message. */
  unexpected: 1,
  /** The command line, a setting or a file that it names is wrong; of that nothing was done. */
  usage: 2,
  /** No server, one that stays away or refuses the login, or nothing installed on it; what was committed stays. */
  notReady: 3,
  /** The state forbids this now (period held, phase out of order), or what is asked for is not there. */
  runState: 4,
  /** Data, an argument, a seal or the doctor's look did not pass: retrying changes nothing until that changes. */
  validation: 5,
  /** Stopped by Ctrl-C, by a termination signal or from elsewhere; what was committed stays. */
  interrupted: 6,
  /** `doctor --strict` found warnings, and no errors. */
  warnings: 7,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
