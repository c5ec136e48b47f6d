import { afterAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, run } from '../../support/cli.ts';
import { batchOf } from '../../support/close.ts';
import { batchId, blocks, expectNothingStuck, expectWholeMonth, noSessionLeft, useHeld, useUndisturbed } from '../../support/disturbed.ts';

// The control plane is killed, in each phase, while the close waits at a known point.

const undisturbed = useUndisturbed();

afterAll(endCommands);

describe.each(blocks)('phase $phase, $name', (block) => {
  const month = useHeld(block);

  test('SIGKILL of the control plane: its sessions end, and resume finishes the month', async () => {
    const { owner, database } = month;
    const held = await month.hold();
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
