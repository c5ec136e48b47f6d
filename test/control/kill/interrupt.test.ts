import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, run, start } from '../../support/cli.ts';
import { batchOf, rowsOf } from '../../support/close.ts';
import {
  batchId, blockOf, blocks, closeCommand, expectNothingStuck, expectWholeMonth, noSessionLeft, period, seenWaiting, useHeld, useUndisturbed,
} from '../../support/disturbed.ts';

// Ctrl-C and a termination signal, in each phase; a dry run that is stopped.

const undisturbed = useUndisturbed();

afterAll(endCommands);

const unfinishedJobs = (owner: pg.Client) => rowsOf(owner, `
  select name, state::text from pgboss.job where state < 'completed' and data->>'batchId' = $1`, [batchId]);

describe.each(blocks)('phase $phase, $name', (block) => {
  const month = useHeld(block);

  test('a signal ends it at once with code 6, nobody goes on, and resume finishes the month', async () => {
    const { owner, database } = month;
    const held = await month.hold();
    held.close.kill(block.phase % 2 === 0 ? 'SIGTERM' : 'SIGINT');
    const ended = await held.close.ended;
    expect(ended).toMatchObject({ code: exitCodes.interrupted, stdout: '' });
    expect(ended.stderr.split('\n').slice(-4)).toEqual([
      'ERROR:  Interrupted.',
      `DETAIL:  ${batchId} stays as it is: what is checkpointed is kept.`,
      `HINT:  Go on with: ./monthend resume ${batchId}    or give it up with: ./monthend cancel ${batchId}`,
      '',
    ]);
    // the lock is still held: whoever went on would be seen waiting for it
    await noSessionLeft(owner);
    expect((await batchOf(owner, batchId)).status).toBe(block.status);
    expect(await unfinishedJobs(owner)).toEqual([]);
    await held.release();
    await owner.query('update month_end.batch_scale set sessions = 3');
    const resumed = await run(database.serviceUrl, ['resume', batchId, '--json']);
    expect(resumed).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ status: 'COMPLETED', digest: undisturbed() });
    expect(await rowsOf(owner, 'select sessions from month_end.batch_scale')).toEqual([[3]]);
    await expectWholeMonth(owner, undisturbed());
    await noSessionLeft(owner);
    await expectNothingStuck(owner);
  });
});

describe('a dry run', () => {
  const dryRun = ['close', period, '--dry-run', '--json'];
  const month = useHeld(blockOf(1), dryRun);
  const { database, hold } = month;
  let owner: pg.Client;
  beforeAll(() => { ({ owner } = month); });

  const expectUntouched = async (attempt: number): Promise<void> => {
    expect(await batchOf(owner, batchId)).toMatchObject({ status: 'CANCELLED', attempt, first_number: null, digest: null });
    expect(await rowsOf(owner, 'select state from books.period where period = $1', [period])).toEqual([['OPEN']]);
    expect(await rowsOf(owner, 'select * from ledger_data.batch_publication')).toEqual([]);
    await noSessionLeft(owner);
    expect(await unfinishedJobs(owner)).toEqual([]);
  };

  test('that ends leaves the period open', async () => {
    const ended = await run(database.serviceUrl, dryRun);
    expect(ended).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'CANCELLED', transactions: { premium: 2030, claims: 600, fit: 2629, posted: 0, rejected: 0, set_aside: 1 },
      dry_run: true, control: [{ fit_count: 2000, posted_count: 0, posted_amount: '0.00' }, {}, {}] });
    await expectUntouched(1);
  });

  test('that is interrupted gives the period back', async () => {
    const { close: closing, release } = await hold();
    closing.kill('SIGINT');
    const ended = await closing.ended;
    expect(ended).toMatchObject({ code: exitCodes.interrupted, stdout: '' });
    expect(ended.stderr).toContain('DETAIL:  It was a dry run: nothing was posted, the period is as it was.\n');
    await expectUntouched(2);
    await release();
  });

  test('whose control plane is killed posts nothing when it is resumed', async () => {
    const { close: closing, release } = await hold();
    closing.kill('SIGKILL');
    await noSessionLeft(owner);
    await release();
    const resumed = await run(database.serviceUrl, ['resume', batchId, '--json']);
    expect(resumed).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ status: 'CANCELLED' });
    await expectUntouched(3);
  });

  test('that was opened, and nothing more, ends as one when it is resumed, by command or by psql', async () => {
    for (const [attempt, resume] of [
      [4, () => run(database.serviceUrl, ['resume', batchId, '--json'])],
      [5, () => owner.query('call month_end.resume($1)', [batchId])],
    ] as const) {
      await owner.query('select month_end.open_batch($1, p_is_dry_run => true)', [period]);
      await resume();
      await expectUntouched(attempt);
    }
    await owner.query('select month_end.open_batch($1, p_is_dry_run => true)', [period]);
    await owner.query('call month_end.preflight($1)', [batchId]);
    const refused = await owner.query('select month_end.allocate_numbers($1)', [batchId]).catch((error: pg.DatabaseError) => error);
    expect(refused).toMatchObject({ code: 'M1002', hint: `It ends here: call month_end.cancel('${batchId}')` });
    await owner.query('call month_end.cancel($1)', [batchId]);
    await expectUntouched(6);
    await owner.query('call month_end.close($1, p_is_dry_run => true)', [period]);
    await expectUntouched(7);
  });

  test('whose control plane is killed does not touch the close that follows', async () => {
    const dry = await hold();
    dry.close.kill('SIGKILL');
    await noSessionLeft(owner);
    await dry.release();
    expect(await run(database.serviceUrl, ['cancel', batchId])).toMatchObject({ code: exitCodes.ok });
    // its job is due again while the close that follows has its scope and waits
    await owner.query(`update pgboss.job set state = 'retry', start_after = now() where data @> '{"attempt": 8}' and state = 'active'`);
    const holder = await database.session('owner');
    await holder.query('begin; lock table month_end.chunk in share mode');
    const closing = start(database.serviceUrl, closeCommand);
    await seenWaiting(owner, closing, 'SCOPED');
    await expect.poll(() => rowsOf(owner, `
      select state::text from pgboss.job where data @> '{"attempt": 8}'`)).toEqual([['completed']]);
    expect(await batchOf(owner, batchId)).toMatchObject({ status: 'SCOPED', attempt: 9 });
    await holder.query('rollback');
    const ended = await closing.ended;
    expect(ended).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', digest: undisturbed() });
  });
});
