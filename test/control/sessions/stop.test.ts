import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../../control/exit-codes.ts';
import { useApi } from '../../support/api.ts';
import { endCommands, start, until } from '../../support/cli.ts';
import { batchOf, one, rowsOf } from '../../support/close.ts';
import {
  batchId, blockOf, expectNothingStuck, expectWholeMonth, fillMonth, holdIn, noSessionLeft, period, useUndisturbed,
} from '../../support/disturbed.ts';

// A service that is told to stop while it works on a batch that it accepted over HTTP, in the middle of chunk 5.

const undisturbed = useUndisturbed();
afterAll(endCommands);

function useAccepted() {
  const api = useApi();
  beforeAll(() => fillMonth(api.owner));
  const session = () => api.database.session('owner');
  return {
    api,
    hold: () => holdIn(blockOf(4), session, api.owner, () => {
      void api.call('POST', '/api/v1/batches', { body: { period, workers: 4, sessions: 1 } });
      return api.service;
    }),
    stoppedListening: () => until('it takes no request any more', () =>
      fetch(`${api.url}/healthz`).then(() => undefined, () => true as const)),
    finishElsewhere: async (): Promise<void> => {
      const other = start(api.database.serviceUrl, ['service', '--sessions', '2']);
      await until('the batch is completed', async () =>
        ((await batchOf(api.owner, batchId)).status === 'COMPLETED' ? true : undefined), { state: other.said });
      await expectWholeMonth(api.owner, undisturbed());
      await until('no job is left', async () => ((await one(api.owner, `
        select count(*)::integer from pgboss.job where state < 'completed' and data ? 'batchId'`)) === 0 ? true : undefined));
      other.kill('SIGTERM');
      expect(await other.ended).toMatchObject({ code: exitCodes.ok });
      await noSessionLeft(api.owner);
      await expectNothingStuck(api.owner);
    },
  };
}

describe('told once', () => {
  const { api, hold, stoppedListening, finishElsewhere } = useAccepted();

  test('it lets its session finish the chunk, and no other; another service finishes the batch', async () => {
    const { waiting, release } = await hold();
    api.service.kill('SIGTERM');
    await stoppedListening();
    expect(await one(api.owner, 'select month_end.told_to_leave()')).toBe(false);
    await until('the session is asked to leave', async () => ((await one<boolean>(api.owner, `
      select exists (select from month_end.advisory_lock where lock_key = month_end.leave_lock_key($1))`, [waiting.pid])) || undefined));
    expect(api.service.isRunning()).toBe(true);
    await release();
    expect(await api.service.ended).toMatchObject({ code: exitCodes.ok });
    expect(await rowsOf(api.owner, `select chunk_no from month_end.chunk where completed_at is not null order by chunk_no desc limit 1`)).toEqual([[5]]);
    expect(await rowsOf(api.owner, `select worker_id, attempts from month_end.batch_worker_control where attempts > 0`)).toEqual([]);
    expect(await batchOf(api.owner, batchId)).toMatchObject({ status: 'PROCESSING' });
    await finishElsewhere();
  });
});

describe('told twice', () => {
  const { api, hold, stoppedListening, finishElsewhere } = useAccepted();

  test('it cancels its session at once; another service finishes the batch', async () => {
    const { release } = await hold();
    api.service.kill('SIGTERM');
    await stoppedListening();
    api.service.kill('SIGINT');
    expect(await api.service.ended).toMatchObject({ code: exitCodes.ok });
    await noSessionLeft(api.owner);
    await release();
    await finishElsewhere();
  });
});
