import { expect, test } from 'vitest';
import { logEvents } from '../../control/jobs/log-events.ts';
import { createLog } from '../../control/log.ts';
import { until } from '../support/cli.ts';
import { bringTo, one, openBatch, setSetting } from '../support/close.ts';
import { useDatabase } from '../support/database.ts';
import { insertMonth } from '../support/transactions.ts';

const database = useDatabase();
const batch = '2003-03-MONTHEND';

test('what a session does is told with batch, worker and session', async () => {
  const owner = await database.session('owner');
  await setSetting(owner, 'chunk_transactions', '256');
  await insertMonth(owner, { period: '2003-03', premiums: 700 });
  await openBatch(owner, '2003-03', { workers: 2 });
  await bringTo(owner, batch, 'PROCESSING');
  const written: string[] = [];
  const log = createLog({ level: 'debug', isTerminal: false, write: (text) => void written.push(text) });
  const events = logEvents(database.serviceUrl, { batchId: batch, ledgerId: 1 }, log);
  await until('it looks', async () => ((await one<number>(owner, `select count(*)::integer from pg_stat_activity
    where application_name = 'monthend log' and datname = current_database() and state = 'idle'`)) > 0 ? true : undefined));
  await bringTo(owner, batch, 'COMPLETED');
  await events.stop();
  const lines = written.map((text) => JSON.parse(text) as { event?: string; worker?: number; session?: number; batch: string });
  const session = await one<number>(owner, 'select pg_backend_pid()');
  const checkpoints = lines.filter(({ event }) => event === 'CHECKPOINT');
  expect(checkpoints).not.toHaveLength(0);
  for (const line of checkpoints) expect(line).toMatchObject({ batch, session, worker: expect.any(Number) as number });
});
