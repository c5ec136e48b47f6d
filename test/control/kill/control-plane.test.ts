import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, run, start } from '../../support/cli.ts';
import { batchOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import {
  batchId, blocks, expectNothingStuck, expectWholeMonth, fillMonth, holdIn, noSessionLeft, period,
  useUndisturbed,
} from '../../support/disturbed.ts';

// The control plane is killed, in each phase, while the close waits at a known point.

const close = ['close', period, '--workers', '4', '--sessions', '2', '--json'];
const undisturbed = useUndisturbed();

afterAll(endCommands);

describe.each(blocks)('phase $phase, $name', (block) => {
  const database = useDatabase();
  let owner: pg.Client;

  beforeAll(async () => {
    owner = await database.session('owner');
    await fillMonth(owner);
  });

  test('SIGKILL of the control plane: its sessions end, and resume finishes the month', async () => {
    const held = await holdIn(block, () => database.session('owner'), owner, () => start(database.serviceUrl, close));
    held.close.kill('SIGKILL');
    expect(await held.close.ended).toMatchObject({ code: null, signal: 'SIGKILL', stdout: '' });
    await noSessionLeft(owner); // before the lock is let go: nobody goes on without a control plane
    expect((await batchOf(owner, batchId)).status).toBe(block.status);
    await held.release();
    const resumed = await run(database.serviceUrl, ['resume', batchId, '--sessions', '2', '--json']);
    expect(resumed).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ status: 'COMPLETED', digest: undisturbed() });
    await expectWholeMonth(owner, undisturbed());
    await noSessionLeft(owner);
    await expectNothingStuck(owner);
  });
});
