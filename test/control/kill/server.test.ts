import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, run, type Running, start } from '../../support/cli.ts';
import { batchOf } from '../../support/close.ts';
import {
  batchId, blocks, closeCommand, expectNothingStuck, expectWholeMonth, fillMonth, holdIn, noSessionLeft, undisturbedDigest,
} from '../../support/disturbed.ts';
import { type PrivateDatabase, usePrivateServer } from '../../support/private-server.ts';

// The server is stopped at once, in each phase, as a crash would: it recovers from its log, and the
// close goes on by itself. Where the control plane is gone too, or the server stays away, resume does it.

const server = usePrivateServer();
let digest: string;

beforeAll(async () => {
  const database = await server.database();
  digest = await undisturbedDigest(await database.session());
});
afterAll(endCommands);

async function expectResult({ session }: PrivateDatabase, stdout: string): Promise<void> {
  expect(JSON.parse(stdout)).toMatchObject({ status: 'COMPLETED', digest });
  const after = await session();
  await expectWholeMonth(after, digest);
  await noSessionLeft(after);
  await expectNothingStuck(after);
}

/** A close that stands still at a place of a phase. */
async function holdClose(block: (typeof blocks)[number] | undefined): Promise<{ database: PrivateDatabase; closing: Running }> {
  if (block === undefined) throw new Error('There is no such phase.');
  const database = await server.database();
  const before = await database.session();
  await fillMonth(before);
  const { close: closing } = await holdIn(block, database.session, before, () => start(database.serviceUrl, closeCommand));
  return { database, closing };
}

describe.each(blocks)('phase $phase, $name', (block) => {
  test('immediate stop of the server: the close goes on when it is back', async () => {
    const { database, closing } = await holdClose(block);
    await server.crash();
    await server.start();
    const ended = await closing.ended;
    expect(ended, ended.stderr).toMatchObject({ code: exitCodes.ok });
    expect(ended.stderr).toContain(`${batchId}: the connection to the server was lost; waiting for the server.\n`);
    await expectResult(database, ended.stdout);
  });

  test('server and control plane end together: resume finishes the month', async () => {
    const { database, closing } = await holdClose(block);
    closing.kill('SIGKILL');
    await server.crash();
    await server.start();
    expect((await batchOf(await database.session(), batchId)).status).toBe(block.status);
    const resumed = await run(database.serviceUrl, ['resume', batchId, '--sessions', '2', '--json']);
    expect(resumed, resumed.stderr).toMatchObject({ code: exitCodes.ok });
    await expectResult(database, resumed.stdout);
  });
});

test('a server that stays away: the command ends, says what to type, and that works', async () => {
  const { database, closing } = await holdClose(blocks[3]);
  await server.crash();
  const ended = await closing.ended;
  expect(ended).toMatchObject({ code: exitCodes.notReady, stdout: '' });
  expect(ended.stderr.split('\n').slice(-4)).toEqual([
    'ERROR:  The connection to the server was lost.',
    `DETAIL:  It was waited for 30 s. ${batchId} stays as it is: what is checkpointed is kept.`,
    `HINT:  When the server runs again: ./monthend resume ${batchId}`,
    '',
  ]);
  await server.start();
  const resumed = await run(database.serviceUrl, ['resume', batchId, '--json']);
  expect(resumed, resumed.stderr).toMatchObject({ code: exitCodes.ok });
  await expectResult(database, resumed.stdout);
});

test('a server that recovers is waited for, longer than one that is away', async () => {
  const { database, closing } = await holdClose(blocks[3]);
  await server.crash();
  await server.start({ recoverSeconds: 35 });
  const ended = await closing.ended;
  expect(ended, ended.stderr).toMatchObject({ code: exitCodes.ok });
  await expectResult(database, ended.stdout);
});
