import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf, bringTo, closeMonth, one, openBatch, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { digestFromViews } from '../../support/digest.ts';
import { insertMonth, insertPremium } from '../../support/transactions.ts';

// One scope, one ledger: whatever the workers, sessions and chunks. A digest is of a period, so each
// case closes the same rows of the same period, in a database of its own.

const period = '2004-02';
const batch = `${period}-MONTHEND`;

/** Rule sets whose entries per transaction differ, so that chunks don't end where a block ends. */
async function unevenRules(owner: pg.Client): Promise<void> {
  const share = (account: string, part: string, control = false) => ({ account, share: part, control });
  const one = [{ code: 'X1', debit: [share('1110', '1', true)], credit: [share('5010', '0.333'), share('4410', '0.667')] }];
  const five = [
    { code: 'Y1', debit: [share('6010', '1')], credit: [share('3310', '1', true)] },
    ...[2, 3, 4, 5].map((no) => ({
      code: `Y${no}`, debit: [share('3310', `0.${no}1`), share('4910', '0.005')], credit: [share('4210', `0.${no}15`)],
    })),
  ];
  await owner.query(`select books.store_rule_set('PREMIUM', '2004-01-01', $1)`, [JSON.stringify(one)]);
  // the second half of the month posts premiums in three entries again
  await owner.query(`
    select books.store_rule_set('PREMIUM', '2004-02-15', jsonb_agg(jsonb_build_object('code', 'Z' || i,
      'debit', jsonb_build_array(jsonb_build_object('account', '1110', 'share', '1', 'control', i = 1)),
      'credit', jsonb_build_array(jsonb_build_object('account', '5010', 'share', '1')))))
      from generate_series(1, 3) i`);
  await owner.query(`select books.store_rule_set('CLAIM', '2004-01-01', $1)`, [JSON.stringify(five)]);
}

async function fill(owner: pg.Client): Promise<void> {
  await unevenRules(owner);
  await insertMonth(owner, { period, premiums: 2500, claims: 700, negativeEvery: 7, prefix: 'e' });
  await insertMonth(owner, { period, premiums: 300, claims: 100, currency: 'JPY', decimals: 0, negativeEvery: 5, prefix: 'j' });
  await insertMonth(owner, { period, premiums: 300, claims: 100, currency: 'KWD', decimals: 3, negativeEvery: 3, prefix: 'k' });
  // bytes and characters differ in these; the separators of the canonical form occur in them
  for (const id of ['Ä|1:ö', 'x,y|z', '漢字', '9|9', "q'q"]) await insertPremium(owner, { id, date: `${period}-20` });
}

interface Case {
  readonly workers: number;
  readonly sessions: number;
  readonly chunk: number;
  readonly leaf?: number;
}

const cases: Case[] = [
  { workers: 1, sessions: 1, chunk: 25088 },
  { workers: 3, sessions: 1, chunk: 25088 },
  { workers: 16, sessions: 1, chunk: 25088 },
  { workers: 3, sessions: 2, chunk: 256 },
  { workers: 16, sessions: 8, chunk: 256 },
  { workers: 2, sessions: 2, chunk: 1000 },
  { workers: 5, sessions: 8, chunk: 7, leaf: 1500 },
];

const digests: string[] = [];

describe.each(cases)('$workers workers, $sessions sessions, chunks of $chunk', ({ workers, sessions, chunk, leaf }) => {
  const database = useDatabase();
  let owner: pg.Client;

  beforeAll(async () => {
    owner = await database.session('owner');
    await fill(owner);
    await setSetting(owner, 'chunk_transactions', String(chunk));
    if (leaf) await setSetting(owner, 'leaf_entries', String(leaf));
  });

  test('gives the same digest', async () => {
    await openBatch(owner, period, { workers });
    await bringTo(owner, batch, 'PROCESSING');
    const clients = await Promise.all(Array.from({ length: sessions }, () => database.session('operator')));
    await Promise.all(clients.map((client) => client.query('call month_end.work($1)', [batch])));
    await bringTo(owner, batch, 'COMPLETED');
    const { digest, worker_count: used, chunk_count: chunks } = await batchOf(owner, batch);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(used).toBe(Math.min(workers, chunks ?? 0));
    if (chunk < 300) expect(chunks).toBeGreaterThan(10);
    // the uneven rules do what they are for: chunks that begin inside a block of the digest
    if (workers > 1) {
      const inside = await one<string>(owner, 'select count(*) from month_end.chunk where first_offset % 256 <> 0');
      expect(Number(inside)).toBeGreaterThan(0);
    }
    digests.push(digest ?? '');
    expect(digest).toBe(digests[0]);
    expect(await one(owner, 'select month_end.recompute_digest($1)', [batch])).toBe(digest);
  });

  test('the digest is that of an independent computation', async () => {
    expect(await digestFromViews(await database.session('viewer'), batch)).toBe(digests[0]);
  });
});

describe('another scope', () => {
  const database = useDatabase();

  test('gives another digest: one cent more in one row', async () => {
    const owner = await database.session('owner');
    await fill(owner);
    await owner.query(`update subledger.premium_transaction set amount = amount + 0.01 where txn_id = 'Ä|1:ö'`);
    await closeMonth(owner, period);
    const { digest } = await batchOf(owner, batch);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digests).toHaveLength(cases.length);
    expect(digest).not.toBe(digests[0]);
  });
});
