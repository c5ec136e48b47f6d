import { afterAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands } from '../../support/cli.ts';
import { one } from '../../support/close.ts';
import { blocks, expectNothingStuck, expectWholeMonth, noSessionLeft, useHeld, useUndisturbed } from '../../support/disturbed.ts';

// The session that works is terminated, in each phase: the run goes on by itself in another one.

const undisturbed = useUndisturbed();

afterAll(endCommands);

describe.each(blocks)('phase $phase, $name', (block) => {
  const held = useHeld(block);

  test('termination of the session: the close recovers by itself', async () => {
    const { owner } = held;
    const { close: closing, waiting, release } = await held.hold();
    expect(await one(owner, 'select pg_catalog.pg_terminate_backend($1, 10000)', [waiting.pid])).toBe(true);
    await release();
    const ended = await closing.ended;
    expect(ended).toMatchObject({ code: exitCodes.ok });
    expect(JSON.parse(ended.stdout)).toMatchObject({ status: 'COMPLETED', digest: undisturbed() });
    await expectWholeMonth(owner, undisturbed());
    await noSessionLeft(owner);
    await expectNothingStuck(owner);
  });
});
