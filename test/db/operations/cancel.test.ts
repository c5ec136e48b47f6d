import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, errorOf, one, openBatch, rowsOf, setSetting, stepStates } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

const period = '2003-06';
const batch = `${period}-MONTHEND`;

/** Everything that a batch which is not committed leaves anywhere, but its record. */
const leftovers = `
  select (select count(*) from month_end.scope) as scope,
    (select count(*) from month_end.number_run) as number_run, (select count(*) from month_end.chunk) as chunk, (select count(*) from month_end.leaf) as leaf,
    (select count(*) from month_end.chunk_balance) as chunk_balance,
    (select count(*) from month_end.worker_balance) as worker_balance,
    (select count(*) from month_end.worker_control) as worker_control,
    (select count(*) from ledger_data.account_balance) as account_balance,
    (select count(*) from ledger_data.batch_publication) as publication,
    (select count(*) from ledger_data.journal_entry_header) as header,
    (select count(*) from ledger_data.journal_entry_line) as line,
    (select count(*) from subledger.set_aside_transaction) as set_aside,
    (select count(*) from pg_class where relkind = 'r' and relname ~ '(^scope_|_b[0-9]+_[0-9]+$)') as tables,
    (select string_agg(state || ' ' || next_number, ',') from books.period) as period`;

describe('cancel', () => {
  const database = useDatabase();
  let owner: pg.Client;
  let operator: pg.Client;
  let digest: string | null;
  let attempt = 0;

  beforeAll(async () => {
    owner = await database.session('owner');
    operator = await database.session('operator');
    await setSetting(owner, 'chunk_transactions', '256');
    await insertMonth(owner, { period, premiums: 700, claims: 100, negativeEvery: 10 });
    await insertPremium(owner, { id: 'zero', date: `${period}-02`, amount: '0' });
    await insertPremium(owner, { id: 'bad', date: `${period}-02`, product: 'NONE' });
  });

  const state = async (): Promise<unknown> => (await owner.query(leftovers)).rows[0];
  const nothing = {
    scope: '0', number_run: '0', chunk: '0', leaf: '0', chunk_balance: '0', worker_balance: '0', worker_control: '0',
    account_balance: '0', publication: '0', header: '0', line: '0', set_aside: '0', tables: '0', period: 'OPEN 1',
  };

  test.each(stepStates.slice(0, 6))('from %s leaves nothing but the record', async (from) => {
    await openBatch(operator, period, { workers: 3 });
    await bringTo(operator, batch, from);
    if (from === 'VALIDATED') {
      const sealed = (await batchOf(operator, batch)).digest;
      expect(sealed).toMatch(/^[0-9a-f]{64}$/);
      digest = sealed;
    }
    attempt += 1;
    const results = await one<string>(owner, 'select count(*) from month_end.batch_validation_results');
    await operator.query('call month_end.cancel($1)', [batch]);
    expect(await state()).toEqual(nothing);
    expect(await one(owner, 'select count(*) from month_end.batch_validation_results')).toBe(results);
    expect(await batchOf(operator, batch)).toMatchObject({
      attempt, batch_id: batch, status: 'CANCELLED', first_number: null, last_number: null, digest: null,
    });
    expect(await rowsOf(owner, `
      select batch_id, attempt, status from month_end.batch where period = $1 and status <> 'CANCELLED'`, [period])).toEqual([]);
    expect(await errorOf(operator.query('call month_end.cancel($1)', [batch]))).toMatchObject({ code: 'M1002' });
  });

  test('midway through the work, with some chunks done', async () => {
    await openBatch(operator, period, { workers: 3 });
    await bringTo(operator, batch, 'PROCESSING');
    const { batch_no: no } = await batchOf(operator, batch);
    const lease = (await operator.query<{ worker_id: number; lease_token: string }>('select * from month_end.claim_worker($1)', [no])).rows[0];
    await operator.query('select month_end.work_chunk($1, $2, $3)', [no, lease?.worker_id, lease?.lease_token]);
    expect(await one(owner, 'select count(*) from month_end.chunk where completed_at is not null')).toBe('1');
    await operator.query('call month_end.cancel($1)', [batch]);
    attempt += 1;
    expect(await state()).toEqual(nothing);
    // the stale lease writes nothing
    const late = await errorOf(operator.query('select month_end.work_chunk($1, $2, $3)', [no, lease?.worker_id, lease?.lease_token])
      .then(({ rows }) => { if (JSON.stringify(rows) === '[{"work_chunk":false}]') throw Object.assign(new Error(), { code: 'false' }); }));
    expect(late.code).toBe('false');
    expect(await state()).toEqual(nothing);
  });

  test('an open report on the month stops it, and then it goes through', async () => {
    await openBatch(operator, period, { workers: 2 });
    await bringTo(operator, batch, 'VALIDATED');
    attempt += 1;
    const before = await state();
    const reader = await database.session('viewer');
    await reader.query('begin isolation level repeatable read');
    await reader.query('declare report cursor for select * from ledger.journal_entry_line');
    expect(await errorOf(operator.query('call month_end.cancel($1)', [batch]))).toMatchObject({ code: 'M1012' });
    expect(await state()).toEqual(before);
    expect((await batchOf(operator, batch)).status).toBe('VALIDATED');
    await reader.query('commit');
    await operator.query('call month_end.cancel($1)', [batch]);
    expect(await state()).toEqual(nothing);
  });

  test('the next attempt has the same id and the same digest', async () => {
    await closeMonth(operator, period, { workers: 5 });
    expect(await batchOf(operator, batch)).toMatchObject({
      attempt: attempt + 1, batch_id: batch, status: 'COMPLETED', digest, first_number: '1', last_number: '2400',
      rejected_count: '1', set_aside_count: '1',
    });
  });

  test('is refused after the commit', async () => {
    const before = await state();
    expect(await errorOf(operator.query('call month_end.cancel($1)', [batch]))).toMatchObject({ code: 'M1010' });
    expect(await errorOf(operator.query(`call month_end.cancel('2003-07-MONTHEND')`))).toMatchObject({ code: 'M1003' });
    expect(await state()).toEqual(before);
  });

  test('of a supplement leaves the tail leaf without its rows, twice over', async () => {
    const supplement = `${batch}-02`;
    const before = (await owner.query<Record<string, string>>(leftovers)).rows[0];
    await insertMonth(owner, { period, premiums: 40, claims: 4, prefix: 'late' });
    for (const from of ['PROCESSING', 'STAGED', 'VALIDATED'] as const) {
      await openBatch(operator, period, { supplement: true });
      await bringTo(operator, supplement, from);
      if (from === 'VALIDATED') expect(await one(owner, 'select count(*) from ledger_data.journal_entry_header')).toBe('2532');
      await operator.query('call month_end.cancel($1)', [supplement]);
      expect(await state()).toEqual(before);
    }
    await closeMonth(operator, period, { supplement: true });
    expect(await batchOf(operator, supplement)).toMatchObject({ attempt: 4, status: 'COMPLETED', first_number: '2401', last_number: '2532' });
  });
});
