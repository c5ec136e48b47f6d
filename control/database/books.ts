import { z } from 'zod';
import { bigint, type Queryable, rows } from './query.ts';

export const periodRow = z.object({ period: z.string(), state: z.string(), next_number: bigint });

/** The periods of a ledger that have rows or batches, the latest first. */
export function listPeriods(client: Queryable, ledgerId: number): Promise<z.output<typeof periodRow>[]> {
  return rows(
    client, periodRow,
    'select period, state, next_number from books.period where ledger_id = $1 order by period desc', [ledgerId],
  );
}

/** books.lock_period: takes no batch any more, for good; M1001, M1005, M1006 name the state that it is in. */
export async function lockPeriod(client: Queryable, period: string, ledgerId: number): Promise<void> {
  await client.query('select books.lock_period($1, $2::integer)', [period, ledgerId]);
}

export const ruleLine = z.object({
  source: z.string(), version: z.number(), valid_from: z.string(), valid_to: z.string().nullable(),
  entry_no: z.number(), entry_code: z.string(), line_no: z.number(), account_code: z.string(), is_debit: z.boolean(),
  share_from: z.string(), share_to: z.string(),
});

/** The posting rules of a ledger, a row each line. */
export function listRules(client: Queryable, ledgerId: number): Promise<z.output<typeof ruleLine>[]> {
  return rows(
    client, ruleLine,
    `select o.code as source, s.version, to_char(s.valid_from, 'YYYY-MM-DD') as valid_from,
            to_char(s.valid_to, 'YYYY-MM-DD') as valid_to, e.entry_no, e.code as entry_code, l.line_no,
            a.code as account_code, l.is_debit, l.share_from, l.share_to
       from books.rule_set s
       join books.source o using (source)
       join books.rule_entry e using (rule_set_id)
       join books.rule_line l using (rule_set_id, entry_no)
       join books.account a using (account_id)
      where s.ledger_id = $1 order by o.code, s.version, e.entry_no, l.line_no`,
    [ledgerId],
  );
}
