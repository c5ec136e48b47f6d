import { Readable } from 'node:stream';
import type pg from 'pg';
import { describe, expect, test } from 'vitest';
import { importFile } from '../../../control/import/import-file.ts';
import { one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { countsOf, importPremiums, premiumHeader } from '../../support/import.ts';

const row = (id: string | number, amount = '10.00'): string => `${id},POL,FIRE,2003-01-15,${amount},EUR,Center`;
const rows = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, at) => row(`${prefix}${at}`));

async function pidOf(session: pg.Client): Promise<number> {
  return one<number>(session, 'select pg_backend_pid()');
}

/** Waits until a session waits for a lock. The observer is in no transaction: it would see one moment only. */
async function untilWaiting(observer: pg.Client, pid: number): Promise<void> {
  for (;;) {
    const waiting = await one<boolean>(observer, `select exists (select from pg_stat_activity
      where pid = $1 and wait_event_type = 'Lock')`, [pid]);
    if (waiting) return;
    await new Promise((next) => setTimeout(next, 20));
  }
}

describe('two imports at once', () => {
  const database = useDatabase();

  test('of the same file: one loads it, the other waits and says that it is here', async () => {
    const [first, second] = [await database.session(), await database.session()];
    const [holder, observer] = [await database.session('owner'), await database.session('owner')];
    const [firstPid, secondPid] = [await pidOf(first), await pidOf(second)];
    // The first is held within its load; the second must wait for the end of it.
    await holder.query('begin; lock table subledger.import in share mode');
    const running = [importPremiums(first, 'a.csv', rows(500, 'a'))];
    await untilWaiting(observer, firstPid);
    running.push(importPremiums(second, 'b.csv', rows(500, 'a')));
    await untilWaiting(observer, secondPid);
    await holder.query('commit');
    const outcomes = await Promise.all(running);
    expect(outcomes.map((outcome) => [outcome.is_repeat, outcome.loaded_count, outcome.unchanged_count, outcome.import_id]))
      .toEqual([[false, '500', '0', '1'], [true, '0', '500', '1']]);
    expect(await one(observer, 'select count(*) from subledger.premium_transaction')).toBe('500');
  });

  test('of files that overlap, in opposite orders: every row is loaded once', async () => {
    const sessions = await Promise.all(Array.from({ length: 4 }, () => database.session()));
    const lines = rows(3000, 'b');
    const outcomes = await Promise.all(sessions.map((session, at) =>
      importPremiums(session, `b${at}.csv`, at % 2 === 0 ? [...lines, row(`only${at}`)] : [...lines.toReversed(), row(`only${at}`)])));
    expect(outcomes.reduce((total, outcome) => total + Number(outcome.loaded_count), 0)).toBe(3004);
    expect(outcomes.map((outcome) => countsOf(outcome)).every(({ lines: n, rejected }) => n === 3001 && rejected === 0)).toBe(true);
  });

  test('and upstream that inserts the same id: the import waits and compares', async () => {
    const [session, upstream, observer] = [await database.session(), await database.session('operator'), await database.session('owner')];
    const pid = await pidOf(session);
    await upstream.query(`begin; insert into subledger.premium_transaction (txn_id, payment_date, amount) values ('w1', '2003-01-15', 1)`);
    const running = importPremiums(session, 'w.csv', [row('w1'), row('w2')]);
    await untilWaiting(observer, pid);
    await upstream.query('commit');
    expect(countsOf(await running)).toMatchObject({ loaded: 1, conflicts: 1 });
  });
});

describe('an import that dies', () => {
  const database = useDatabase();

  test.each(['reading', 'loading'] as const)('while %s leaves nothing and can come again', async (stage) => {
    const [holder, observer] = [await database.session('owner'), await database.session('owner')];
    const session = await database.session();
    const pid = await pidOf(session);
    const lines = rows(20_000, stage);
    const content = Buffer.from(`${[premiumHeader, ...lines].join('\n')}\n`);
    // The first half goes into COPY, then the backend ends; or it ends while its load waits for a lock.
    const pieces = async function* (): AsyncGenerator<Buffer> {
      yield content.subarray(0, content.length / 2);
      if (stage === 'reading') {
        await observer.query('select pg_terminate_backend($1, 60000)', [pid]);
      }
      yield content.subarray(content.length / 2);
    };
    if (stage === 'loading') await holder.query('begin; lock table subledger.premium_transaction in share mode');
    const running = importFile(session, 'PREMIUM', { name: 'k.csv', stream: Readable.from(pieces()) })
      .then(() => undefined, (error: unknown) => error);
    if (stage === 'loading') {
      await untilWaiting(observer, pid);
      await observer.query('select pg_terminate_backend($1, 60000)', [pid]);
      await holder.query('commit');
    }
    expect(await running).toBeInstanceOf(Error);
    expect(await rowsOf(observer, `select (select count(*) from subledger.premium_transaction where txn_id like $1),
      (select count(*) from pg_class where relname like 'import\\_%' and relpersistence = 't')`, [`${stage}%`]))
      .toEqual([['0', '0']]);
    const imports = await one(observer, 'select count(*) from subledger.import');
    expect(imports).toBe(stage === 'reading' ? '0' : '1');
    const again = await database.session();
    expect(countsOf(await importPremiums(again, 'k.csv', lines))).toMatchObject({ lines: 20_000, loaded: 20_000 });
  });
});
