import { z } from 'zod';
import { money, type Queryable, rows, value } from './query.ts';

export const balance = z.object({
  account_code: z.string(), account_name: z.string(), type: z.string(), currency: z.string(),
  debit: money, credit: money, balance: money, line_count: z.string(),
});
export type Balance = z.output<typeof balance>;

/** Trial balance of a period over its committed batches, by account and currency; money as text. */
export function trialBalance(client: Queryable, period: string, ledgerId: number): Promise<Balance[]> {
  return rows(
    client, balance,
    `select account_code, account_name, type, t.currency, month_end.money_text(debit, u.minor_unit) as debit,
            month_end.money_text(credit, u.minor_unit) as credit,
            month_end.money_text(balance, u.minor_unit) as balance, line_count
       from ledger.trial_balance t join books.currency u on u.code = t.currency
      where ledger_id = $2 and period = $1 order by account_code, t.currency`,
    [period, ledgerId],
  );
}

/** Whether a period has a committed batch. */
export function isPosted(client: Queryable, period: string, ledgerId: number): Promise<boolean> {
  return value(
    client, z.boolean(),
    'select exists (select from ledger.batch where ledger_id = $2 and period = $1) as value', [period, ledgerId],
  );
}

export const total = z.object({ currency: z.string(), debit: money, credit: money });
export type Total = z.output<typeof total>;

/** Both sides of a period's trial balance by currency. */
export function trialBalanceTotals(client: Queryable, period: string, ledgerId: number): Promise<Total[]> {
  return rows(
    client, total,
    `select t.currency, month_end.money_text(sum(debit), u.minor_unit) as debit,
            month_end.money_text(sum(credit), u.minor_unit) as credit
       from ledger.trial_balance t join books.currency u on u.code = t.currency
      where ledger_id = $2 and period = $1 group by t.currency, u.minor_unit order by t.currency`,
    [period, ledgerId],
  );
}

const digest = z.object({
  period: z.string(), digest: z.string(),
  batches: z.array(z.object({
    batch_id: z.string(), digest: z.string(), first_number: z.number(), last_number: z.number(),
    committed_at: z.string(),
  })),
});
type PeriodDigest = z.output<typeof digest>;

/** Digest of a period and of its batches, in hex. */
export function periodDigest(client: Queryable, period: string, ledgerId: number): Promise<PeriodDigest> {
  return value(client, digest, 'select month_end.period_digest($1, $2::integer) as value', [period, ledgerId]);
}

/** Digest of a committed batch, made anew from its stored entries; needs the auditor's role. */
export function recomputeDigest(client: Queryable, batchId: string, ledgerId: number): Promise<string> {
  return value(
    client, z.string(), 'select month_end.recompute_digest($1, $2::integer) as value', [batchId, ledgerId],
  );
}

export const entry = z.object({
  je_number: z.string(), je_date: z.string(), period: z.string(), batch_id: z.string(), entry_code: z.string(),
  description: z.string(), rule_version: z.number(), product_code: z.string(), cost_center: z.string(),
  currency: z.string(), posted_at: z.string(),
  lines: z.array(z.object({
    line_no: z.number(), account_code: z.string(), account_name: z.string(), debit: money, credit: money,
  })),
  source: z.object({
    type: z.string(), id: z.string(), amount: money.nullable(), row: z.record(z.string(), z.unknown()).nullable(),
  }),
  import: z.object({
    import_id: z.number(), file_name: z.string(), line: z.number(), sha256: z.string(), imported_at: z.string(),
  }).nullable(),
});
export type Entry = z.output<typeof entry>;

/** A committed entry down to its source row and import line; null where there is none. M2004 for no number. */
export function showEntry(client: Queryable, jeNumber: string): Promise<Entry | null> {
  return value(client, entry.nullable(), 'select month_end.show_entry($1) as value', [jeNumber]);
}
