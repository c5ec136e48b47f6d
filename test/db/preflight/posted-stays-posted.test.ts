import { expect, test } from 'vitest';
import { useDatabase } from '../../support/database.ts';

const database = useDatabase();

test('what is posted or set aside is in no later batch, though its product is gone by then', async () => {
  const owner = await database.session('owner');
  await owner.query(`insert into subledger.premium_transaction
      (txn_id, policy_number, product_code, payment_date, amount, currency, cost_center) values
    ('posted', 'P1', 'FIRE', '2003-01-10', 100.00, 'EUR', 'Center'),
    ('zero', 'P2', 'FIRE', '2003-01-10', 0.00, 'EUR', 'Center')`);
  const operator = await database.session();
  await operator.query("call month_end.close('2003-01')");
  await owner.query("update books.product set is_active = false where code = 'FIRE'");
  await operator.query(`insert into subledger.premium_transaction
      (txn_id, policy_number, product_code, payment_date, amount, currency, cost_center) values
    ('late', 'P3', 'LEGAL', '2003-01-11', 7.00, 'EUR', 'Center'),
    ('unfit', 'P4', 'FIRE', '2003-01-12', 9.00, 'EUR', 'Center')`);
  await operator.query("call month_end.close('2003-01', p_is_supplement => true)");

  const control = await owner.query(`select source_count, source_amount, posted_count, posted_amount, rejected_count,
      rejected_amount, set_aside_count from month_end.batch_control
    where batch_no = (month_end.find_batch('2003-01-MONTHEND-02')).batch_no`);
  expect(control.rows).toEqual([{
    source_count: '2', source_amount: '16.00', posted_count: '1', posted_amount: '7.00',
    rejected_count: '1', rejected_amount: '9.00', set_aside_count: '0',
  }]);
  const places = await owner.query('select source_id, place from subledger.transaction_place order by source_id');
  expect(places.rows).toEqual([
    { source_id: 'late', place: 'POSTED' }, { source_id: 'posted', place: 'POSTED' },
    { source_id: 'unfit', place: 'REJECTED' }, { source_id: 'zero', place: 'SET_ASIDE' },
  ]);
});
