import { type Command, InvalidArgumentError, Option } from 'commander';
import * as database from '../database/schedule.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { withService } from '../database/session.ts';
import { typed } from '../output/format.ts';
import { formatTable } from '../output/table.ts';
import { example, ledgerOption, wholeNumber } from './options.ts';

interface ScheduleOptions {
  readonly ledger: number;
  readonly json?: boolean;
}

const utc = (instant: Date): string => `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function day(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) throw new InvalidArgumentError('A run is named by its day, such as 2026-12-31.');
  return text;
}

function localTime(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}$/.test(text)) {
    throw new InvalidArgumentError('It takes a local time, such as 2027-01-02T06:00.');
  }
  return text.replace('T', ' ');
}

function printSchedule(schedule: database.Schedule): void {
  console.log(`Ledger ${schedule.ledger_id} is ${schedule.is_enabled ? 'closed' : 'not closed (disabled)'} by the schedule "${schedule.cron}", ${schedule.time_zone}.`);
  console.log(`A missed run: ${schedule.missed}; workers ${schedule.workers ?? 'by the setting'}, sessions ${schedule.sessions ?? 'of the service'}.`);
  console.log(`Changed by ${schedule.changed_by}, ${utc(schedule.changed_at)}.`);
}

function printPreview(runs: readonly database.PlannedRun[]): void {
  console.log(formatTable(['period', 'run of', 'local time', 'time zone', 'UTC', '', 'reason'], runs.map((run) => [
    run.period, run.run_date, run.action === 'SKIP' ? '' : run.local_time, run.time_zone, run.action === 'SKIP' ? '' : utc(run.due_at),
    run.action === 'SKIP' ? 'skipped' : `${run.action === 'MOVE' ? 'moved' : ''}${run.is_overdue ? ' overdue' : ''}`.trim(), run.reason,
  ])));
}

async function found(client: Parameters<typeof database.readSchedule>[0], ledgerId: number): Promise<database.Schedule> {
  const schedule = await database.readSchedule(client, ledgerId);
  if (schedule !== undefined) return schedule;
  throw new OperatorError(`Ledger ${ledgerId} has no schedule.`, {
    hint: `${typed('schedule set', ledgerId)}    (0 23 L * * in the time zone of the ledger)`, exitCode: exitCodes.runState,
  });
}

async function show(options: ScheduleOptions): Promise<void> {
  await withService('monthend schedule', async (client) => {
    const schedule = await found(client, options.ledger);
    const next = await database.previewSchedule(client, options.ledger, 3);
    const decided = await database.listDecidedRuns(client, options.ledger, 12);
    if (options.json) {
      console.log(JSON.stringify({ schedule, next, decided }));
      return;
    }
    printSchedule(schedule);
    console.log(schedule.is_enabled ? '\nNext runs' : '\nNext runs, if it were enabled');
    printPreview(next);
    if (decided.length === 0) return;
    console.log('\nRuns so far');
    console.log(formatTable(['period', 'due', 'status', 'batch', 'decided', 'reason'], decided.map((run) => [
      run.period, utc(run.due_at), run.status, run.batch_id, utc(run.decided_at), run.reason,
    ])));
  });
}

type SetOptions = ScheduleOptions & Omit<database.ScheduleChange, 'ledgerId' | 'enabled'>;

async function change(options: SetOptions, enabled?: boolean): Promise<void> {
  await withService('monthend schedule', async (client) => {
    // To be switched, it has to be there; `set` makes one.
    if (enabled !== undefined) await found(client, options.ledger);
    const { cron, timeZone, missed, workers, sessions } = options;
    const schedule = await database.setSchedule(client, { ledgerId: options.ledger, cron, timeZone, missed, workers, sessions, enabled });
    if (options.json) console.log(JSON.stringify(schedule));
    else {
      printSchedule(schedule);
      printPreview(await database.previewSchedule(client, options.ledger, 3));
    }
  });
}

async function preview(options: ScheduleOptions & { runs: number }): Promise<void> {
  await withService('monthend schedule', async (client) => {
    const schedule = await found(client, options.ledger);
    const runs = await database.previewSchedule(client, options.ledger, options.runs);
    if (options.json) console.log(JSON.stringify(runs));
    else {
      printPreview(runs);
      if (!schedule.is_enabled) console.log('The schedule is disabled: none of them takes place.');
    }
  });
}

async function except(exception: database.ScheduleException, options: ScheduleOptions): Promise<void> {
  await withService('monthend schedule', async (client) => {
    await found(client, options.ledger);
    await database.setException(client, exception);
    const period = exception.runDate.slice(0, 7);
    const run = (await database.previewSchedule(client, options.ledger, 240)).filter((each) => each.period === period);
    if (options.json) console.log(JSON.stringify(run[0] ?? null));
    else printPreview(run);
  });
}

/** Adds `schedule`. */
export function register(program: Command): void {
  const group = program.command('schedule').description('the calendar by which `monthend service` closes months by itself');
  example(group, 'monthend schedule set --time-zone Europe/Berlin', 'monthend schedule preview --runs 12');
  const add = (name: string, description: string): Command =>
    group.command(name).description(description).addOption(ledgerOption()).option('--json', 'as JSON, instants in UTC');
  const reason = (): Option => new Option('--reason <text>', 'why, for the record').makeOptionMandatory();

  example(add('show', 'the schedule, its next runs and what became of the last ones').action(show), 'monthend schedule show');
  example(
    add('set', 'make or change the schedule; what is not given stays as it is')
      .option('--cron <expression>', 'minute, hour, L (the last day) or a day up to 28, * * (at first: 0 23 L * *)')
      .option('--time-zone <name>', 'IANA time zone (at first: that of the ledger)')
      .addOption(new Option('--missed <policy>', 'what to do with a run that could not start in time').choices(database.missedPolicies))
      .option('--workers <n>', 'parts that a batch is cut into; 0: the setting workers', wholeNumber(0, 1000))
      .option('--sessions <n>', 'sessions of a batch; 0: those of the service', wholeNumber(0, 250))
      .action((options: SetOptions) => change(options)),
    'monthend schedule set --cron "0 23 L * *" --time-zone Europe/Berlin --missed RUN_ONCE',
  );
  example(
    add('preview', 'the next runs in local time and UTC, exceptions included')
      .option('--runs <n>', 'how many', wholeNumber(1, 240), 24).action(preview),
    'monthend schedule preview --runs 24',
  );
  example(
    add('skip', 'leave out the run of a day').argument('<day>', 'the day of the run, such as 2026-12-31', day).addOption(reason())
      .action((runDate: string, options: ScheduleOptions & { reason: string }) =>
        except({ ledgerId: options.ledger, runDate, action: 'SKIP', reason: options.reason }, options)),
    'monthend schedule skip 2026-12-31 --reason "closed by hand after the audit"',
  );
  example(
    add('move', 'have the run of a day at another time, or without a time at its own again; it closes the same month')
      .argument('<day>', 'the day of the run, such as 2026-12-31', day)
      .argument('[time]', 'local time, such as 2027-01-02T06:00', localTime)
      .option('--reason <text>', 'why, for the record; needed with a time')
      .action((runDate: string, movedTo: string | undefined, options: ScheduleOptions & { reason?: string }) =>
        except({ ledgerId: options.ledger, runDate, action: movedTo === undefined ? 'RUN' : 'MOVE', movedTo, reason: options.reason }, options)),
    'monthend schedule move 2026-12-31 2027-01-02T06:00 --reason holiday', 'monthend schedule move 2026-12-31',
  );
  example(add('enable', 'switch it on; what came due while it was off is not made up for').action((options: SetOptions) => change(options, true)), 'monthend schedule enable');
  example(add('disable', 'switch it off').action((options: SetOptions) => change(options, false)), 'monthend schedule disable');
}
