import type pg from 'pg';

/** The month that the benchmark closes. */
export const period = '2025-01';

interface Source {
  readonly table: string;
  readonly id: string;
  readonly day: string;
  readonly letter: string;
  /** Least amount, and the two factors of what is added to it, in cents. */
  readonly cents: readonly [least: number, factor: number, factor: number];
  /** One in so many is a refund; 0: none. */
  readonly refundEvery: number;
}

const sources: readonly Source[] = [
  { table: 'premium_transaction', id: 'txn_id', day: 'payment_date', letter: 'P', cents: [199, 331, 277], refundEvery: 100 },
  { table: 'claims_transaction', id: 'claim_id', day: 'claim_date', letter: 'C', cents: [4500, 3989, 997], refundEvery: 0 },
];

/** How many of so many transactions are premiums. */
export const premiumsOf = (transactions: number): number => Math.round(transactions * 0.7);

/**
 * Loads a month of generated transactions, then vacuums and analyzes the tables, as autovacuum would
 * have done by the end of a month. Every value is a hash of seed and row number: the same arguments
 * make the same month. Amounts add a product of two draws to a least one: many small, few large.
 */
export async function generateMonth(session: pg.Client, transactions: number, seed: number): Promise<void> {
  const premiums = premiumsOf(transactions);
  for (const [place, source] of sources.entries()) {
    const rows = place === 0 ? premiums : transactions - premiums;
    await session.query(
      `insert into subledger.${source.table}
         (${source.id}, policy_number, product_code, ${source.day}, amount, currency, cost_center)
       select '${source.letter}' || to_char($3::date, 'YYYYMM') || to_char(x.i, 'FM000000000'),
              1000000 + (x.h >> 8) % (4 * $1::bigint) || '.' || 10 + x.h % 90 || 'a',
              (array['TPLM', 'TPLV', 'SERV', 'LEGAL', 'FIRE', 'THEFT', 'WINDSCREEN', 'DAMALL', 'ACC1',
                     'ACC2'])[1 + (x.h >> 16) % 10],
              $3::date + ((x.h >> 20) % 31)::integer,
              (case when $7::integer > 0 and (x.h >> 3) % nullif($7::integer, 0) = 0 then -1 else 1 end
                * ($4::bigint + (x.h >> 24) % $5::bigint * ((x.h >> 36) % $6::bigint)))::numeric * 0.01,
              'EUR', (array['Headquarters', 'Paris area', 'Center', 'South West'])[1 + (x.h >> 28) % 4]
         from (select i, hashint8extended(i, $2::bigint) & ~(1::bigint << 63) as h
                 from generate_series(1, $1::bigint) i) x`,
      [rows, seed * 2 + place, `${period}-01`, ...source.cents, source.refundEvery],
    );
    await session.query(`vacuum (analyze) subledger.${source.table}`);
  }
}
