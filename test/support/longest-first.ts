import { BaseSequencer, type TestSpecification } from 'vitest/node';

// A fresh clone knows no durations: what takes a minute or so begins before the rest, so that nothing long is left at the end.
const long = [
  'db/year/year', 'control/schedule/clocks', 'api/transfers', 'api/dashboard', 'control/kill/server', 'control/commands/close', 'bench/bench',
  'control/kill/chaos', 'db/commit/readers', 'control/kill/interrupt', 'control/kill/coordinators', 'docs/guide', 'api/fuzz',
  'control/schedule/two-years', 'api/api', 'control/kill/control-plane', 'control/kill/session', 'control/sessions/lost', 'control/sessions/frozen',
].map((name) => `/test/${name}.test.ts`);

const place = ({ moduleId }: TestSpecification): number => {
  const at = long.findIndex((file) => moduleId.endsWith(file));
  return at < 0 ? long.length : at;
};

/** Vitest's own order behind them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}
