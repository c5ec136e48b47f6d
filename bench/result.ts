import type { Environment } from './environment.ts';
import type { Round } from './round.ts';

interface PhaseSeconds {
  readonly phase: number;
  readonly name: string;
  /** Median of the rounds. */
  readonly seconds: number;
}

/** What `--json` prints. Seconds and ratios are medians of the rounds unless they say otherwise. */
export interface Result {
  readonly transactions: number;
  readonly sessions: number;
  readonly entries: number;
  readonly lines: number;
  readonly digest: string;
  readonly close_seconds: number;
  readonly phases: readonly PhaseSeconds[];
  readonly commit_seconds: number;
  readonly floor_seconds: number;
  readonly floor_copy_seconds: number;
  readonly floor_index_seconds: number;
  readonly ratio: number;
  readonly ratio_min: number;
  readonly ratio_max: number;
  readonly ratios: readonly number[];
  readonly wal_bytes: number;
  readonly floor_wal_bytes: number;
  /** Headers and lines that the close has written, a second. */
  readonly rows_per_second: number;
  readonly transactions_per_second: number;
  /** The most of all rounds. */
  readonly control_plane_rss_bytes: number;
  readonly rounds: readonly RoundResult[];
  /** The first round of all, which no other figure contains. */
  readonly warm_up: RoundResult;
  readonly environment: Environment;
}

interface RoundResult {
  readonly close_seconds: number;
  readonly floor_seconds: number;
  readonly ratio: number;
  readonly wal_bytes: number;
  readonly control_plane_rss_bytes: number;
  readonly phases: readonly PhaseSeconds[];
}

/** The middle value; of an even number of values the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

const round3 = (value: number): number => Math.round(value * 1000) / 1000;

const phasesOf = ({ report }: Round): PhaseSeconds[] =>
  report.phases.map(({ phase, name, seconds }) => ({ phase, name, seconds: seconds ?? NaN }));

const resultOf = (round: Round): RoundResult => ({
  close_seconds: round3(round.closeSeconds), floor_seconds: round3(round.floor.seconds), ratio: round3(round.ratio),
  wal_bytes: round.walBytes, control_plane_rss_bytes: round.maxRssBytes, phases: phasesOf(round),
});

/** Sums up rounds that have all closed the same month; there is at least one beside the warm-up. */
export function summarize(
  warmUp: Round, rounds: readonly Round[], sessions: number, environment: Environment,
): Result {
  const [first] = rounds;
  if (first === undefined) throw new Error('there are no rounds');
  const middle = (of: (round: Round) => number): number => round3(median(rounds.map(of)));
  const { report } = first;
  const [transactions, entries, lines] = [report.transactions.posted ?? 0, report.entries ?? 0, report.lines ?? 0];
  const phases = phasesOf(first).map(({ phase, name }) => ({
    phase, name, seconds: middle((round) => phasesOf(round).find((each) => each.phase === phase)?.seconds ?? NaN),
  }));
  const closeSeconds = middle((round) => round.closeSeconds);
  const ratios = rounds.map((round) => round3(round.ratio));
  return {
    transactions, sessions, entries, lines, digest: report.digest ?? '',
    close_seconds: closeSeconds, phases,
    commit_seconds: phases.find(({ phase }) => phase === 7)?.seconds ?? NaN,
    floor_seconds: middle((round) => round.floor.seconds),
    floor_copy_seconds: middle((round) => round.floor.copySeconds),
    floor_index_seconds: middle((round) => round.floor.indexSeconds),
    ratio: round3(median(ratios)), ratio_min: Math.min(...ratios), ratio_max: Math.max(...ratios), ratios,
    wal_bytes: Math.round(median(rounds.map((round) => round.walBytes))),
    floor_wal_bytes: Math.round(median(rounds.map((round) => round.floor.walBytes))),
    rows_per_second: Math.round((entries + lines) / closeSeconds),
    transactions_per_second: Math.round(transactions / closeSeconds),
    control_plane_rss_bytes: Math.max(...rounds.map((round) => round.maxRssBytes)),
    rounds: rounds.map(resultOf),
    warm_up: resultOf(warmUp),
    environment,
  };
}
