/**
 * The exit codes of `monthend`, one meaning each, so that a script can tell what to do next without
 * reading messages. docs/ lists them for operators; 128 + n is left to shells and signals.
 */
export const exitCodes = {
  /** Done as asked. */
  ok: 0,
  /** Something no code below covers: read the message, then the log. */
  unexpected: 1,
  /** The command line or a setting is wrong; nothing was done. */
  usage: 2,
  /** No server, or one that nothing is installed on; nothing was done. */
  notReady: 3,
  /** The run is in a state that forbids this now: period held, phase out of order. Retry later. */
  runState: 4,
  /** Data did not pass a validation: retrying changes nothing until the data changes. */
  validation: 5,
  /** Stopped by Ctrl-C or a termination signal; what was committed stays. */
  interrupted: 6,
  /** `doctor --strict` found warnings, and no errors. */
  warnings: 7,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
