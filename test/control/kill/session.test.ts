import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, start } from '../../support/cli.ts';
import { one } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import {
  blocks, expectNothingStuck, expectWholeMonth, fillMonth, holdIn, noSessionLeft, period, useUndisturbed,
} from '../../support/disturbed.ts';

// The session that works is terminated, in each phase: the run goes on by itself in another one.

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

  test('termination of the session: the close recovers by itself', async () => {
    const { close: closing, waiting, release } = await holdIn(
      block, () => database.session('owner'), owner, () => start(database.serviceUrl, close));
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
