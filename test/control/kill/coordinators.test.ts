import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, run, start, until } from '../../support/cli.ts';
import { batchOf, one, rowsOf } from '../../support/close.ts';
import {
  batchId, blockOf, blocks, closeCommand, expectNothingStuck, expectWholeMonth, noSessionLeft, period, useHeld, useUndisturbed,
} from '../../support/disturbed.ts';

// Several processes at one month: a second close is told, a second coordinator does no harm, a cancel
// ends the close that it meets, a service takes up what a killed control plane left.

const resume = ['resume', batchId, '--sessions', '2', '--json'];
const undisturbed = useUndisturbed();

afterAll(endCommands);

/** How many sessions of jobs execute something. */
const sessionsAtWork = (owner: pg.Client, job: 'run' | '%'): Promise<number> => one<number>(owner, `
  select count(*)::integer from pg_catalog.pg_stat_activity
   where datname = pg_catalog.current_database() and state = 'active'
     and application_name like 'monthend month-end-${job} 1/${batchId}'`);

describe.each(blocks)('phase $phase, $name', (block) => {
  const month = useHeld(block);

  test('a second close is told who holds the period; two coordinators come to the same', async () => {
    const { close: first, release } = await month.hold();
    const second = await run(month.database.serviceUrl, closeCommand);
    expect(second).toMatchObject({ code: exitCodes.runState, stdout: '' });
    const [error, detail, hint] = second.stderr.split('\n');
    expect(error).toBe('ERROR:  another batch holds the period (SQLSTATE M1001)');
    expect(detail).toMatch(new RegExp(
      `^DETAIL:  ${batchId} is ${block.status}, opened by \\S+ \\(monthend close\\) at \\S+, pid \\d+ since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC$`));
    expect(hint).toBe(`HINT:  Wait for it, or: ./monthend resume ${batchId}, or: ./monthend cancel ${batchId}`);

    const other = start(month.database.serviceUrl, resume);
    await until('both coordinators are at work', async () => ((await sessionsAtWork(month.owner, 'run')) === 2 ? true : undefined), { state: other.said });
    await release();
    for (const ended of await Promise.all([first.ended, other.ended])) {
      expect(ended).toMatchObject({ code: exitCodes.ok });
      expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', digest: undisturbed() });
    }
    await expectWholeMonth(month.owner, undisturbed());
    await noSessionLeft(month.owner);
    await expectNothingStuck(month.owner);
  });
});

describe.each(blocks.filter(({ phase }) => phase < 7))('cancel in phase $phase', (block) => {
  const month = useHeld(block);

  test('ends the close that it meets; the next attempt closes the month', async () => {
    const { close: first, release } = await month.hold();
    const cancelling = start(month.database.serviceUrl, ['cancel', batchId]);
    // what the test holds is in the way of the cancel too, in some phases
    await until('the close has lost its sessions', async () => ((await sessionsAtWork(month.owner, '%')) === 0 ? true : undefined));
    await release();
    expect(await cancelling.ended).toMatchObject({ code: exitCodes.ok, stdout: `${batchId} is cancelled.\n`, stderr: '' });
    const ended = await first.ended;
    expect(ended).toMatchObject({ code: exitCodes.runState, stdout: '' });
    expect(ended.stderr).toContain(`ERROR:  ${batchId} was cancelled meanwhile.\nHINT:  Begin again with: ./monthend close ${period}\n`);
    expect(await rowsOf(month.owner, `
      select (select count(*) from month_end.chunk)::integer, (select count(*) from month_end.batch_worker_control
               where status <> 'FAILED')::integer, (select state from books.period)`)).toEqual([[0, 0, 'OPEN']]);
    const next = await run(month.database.serviceUrl, closeCommand);
    expect(next).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(next.stdout)).toMatchObject({ status: 'COMPLETED', attempt: 2, digest: undisturbed() });
  });
});

describe('a service', () => {
  const month = useHeld(blockOf(4));

  test('that stops gives back the jobs that it had of a close; the close goes on', async () => {
    const service = start(month.database.serviceUrl, ['service', '--sessions', '2']);
    await until('the service works', () => (service.said().stderr.includes('Ctrl-C ends it') ? true : undefined));
    const { close: closing, release } = await month.hold();
    service.kill('SIGTERM');
    await release();
    expect(await service.ended).toMatchObject({ code: exitCodes.ok });
    const ended = await closing.ended;
    expect(ended).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', digest: undisturbed() });
    await expectWholeMonth(month.owner, undisturbed());
    await noSessionLeft(month.owner);
    await expectNothingStuck(month.owner);
  });
});

describe('a control plane that was killed', () => {
  const month = useHeld(blockOf(4));

  test('has its work done by a service, once its session is missed', async () => {
    const { close: closing, release } = await month.hold();
    closing.kill('SIGKILL');
    await noSessionLeft(month.owner);
    await release();
    const service = start(month.database.serviceUrl, ['service', '--sessions', '2']);
    await until('the batch is completed', async () =>
      ((await batchOf(month.owner, batchId)).status === 'COMPLETED' ? true : undefined), { withinMs: 90_000, state: service.said });
    await until('its jobs have ended', async () => ((await one(month.owner, `
      select count(*)::integer from pgboss.job where state < 'completed' and data->>'batchId' = '${batchId}'`)) === 0 ? true : undefined));
    service.kill('SIGINT');
    expect(await service.ended).toMatchObject({ code: exitCodes.ok });
    await expectWholeMonth(month.owner, undisturbed());
    await noSessionLeft(month.owner);
    await expectNothingStuck(month.owner);
  });
});
