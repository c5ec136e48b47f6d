import { expect, test } from 'vitest';
import { useDatabase } from '../../support/database.ts';

const database = useDatabase();

test('control lines are told from others of the same account and number by their headers', async () => {
  const owner = await database.session('owner');
  expect((await owner.query("select books.ensure_period('2003-01')")).rowCount).toBe(1);
  const places = 'select source, line_no, is_debit from month_end.control_places(1::smallint, $1) order by source';
  expect((await owner.query(places, ['2003-01'])).rows).toEqual([
    { source: 1, line_no: 1, is_debit: true }, { source: 2, line_no: 3, is_debit: false },
  ]);
  // the second entry's first line has the control line's account: account and number tell nothing here
  await owner.query(`select books.store_rule_set('PREMIUM', date '2004-01-01', $1)`, [JSON.stringify([
    { code: 'A1', debit: [{ account: '1110', share: '1', control: true }], credit: [{ account: '5010', share: '1' }] },
    { code: 'A2', debit: [{ account: '1110', share: '0.5' }], credit: [{ account: '4910', share: '0.5' }] },
  ])]);
  await owner.query("select books.ensure_period('2004-01')");
  expect((await owner.query(places, ['2004-01'])).rows).toEqual([]);

  const operator = await database.session();
  await operator.query(`insert into subledger.premium_transaction
      (txn_id, policy_number, product_code, payment_date, amount, currency, cost_center) values
    ('a', 'P1', 'FIRE', '2004-01-10', 100.01, 'EUR', 'Center'),
    ('b', 'P2', 'FIRE', '2004-01-11', -30.00, 'EUR', 'Center')`);
  await operator.query("call month_end.close('2004-01')");
  const report = await operator.query("select month_end.report('2004-01-MONTHEND') as report");
  expect(report.rows[0]).toMatchObject({ report: {
    status: 'COMPLETED', entries: 4, lines: 8, debits: { EUR: '195.02' }, credits: { EUR: '195.02' },
    control: [{ source: 'PREMIUM', posted_count: 2, posted_amount: '70.01' }],
  } });
  const controls = await operator.query(`select status from month_end.batch_validation_results
     where rule = 'CONTROL_LINES_AS_SCOPE'`);
  expect(controls.rows).toEqual([{ status: 'PASS' }]);
});
