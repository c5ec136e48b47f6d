import { z } from 'zod';
import { batch } from './batch.ts';
import { money, type Queryable, rows } from './query.ts';

// What people look at beside the screen: batches by their phases, rules by their SQL, accounts by their lines.

const phase = z.object({ phase: z.number(), name: z.string(), seconds: z.number().nullable(), is_running: z.boolean() });

export const timeline = batch.extend({ phases: z.array(phase), elapsed_seconds: z.string(), transaction_count: z.string().nullable() });

/** The latest batches of a ledger with their phases, newest first; before a batch_no where it is given. */
export function listTimelines(client: Queryable, ledgerId: number, limit: number, before?: string): Promise<z.output<typeof timeline>[]> {
  return rows(
    client, timeline,
    `with b as materialized (
       select x.* from month_end.batch x
        where x.ledger_id = $1 and ($3::integer is null or x.batch_no < $3) order by x.batch_no desc limit $2)
     select ${Object.keys(batch.shape).map((name) => `b.${name}`).join(', ')}, m.scope_count::text as transaction_count, p.phases,
            month_end.seconds_between(m.opened_at, coalesce(m.completed_at,
              (select max(e.at) from month_end.batch_event e where e.batch_no = m.batch_no), m.opened_at))::text as elapsed_seconds
       from b join month_end.staging_month_end_master m using (batch_no)
       join (select t.batch_no, jsonb_agg(jsonb_build_object('phase', t.phase, 'name', t.name, 'seconds', t.seconds,
                      'is_running', t.is_running) order by t.phase) as phases
               from month_end.batch_timeline t where t.batch_no = any (array(select batch_no from b)) group by t.batch_no) p using (batch_no)
      order by batch_no desc`,
    [ledgerId, limit, before ?? null],
  );
}

export const ruleSource = z.object({ function_name: z.string(), purpose: z.string().nullable(), sql: z.string() });

/** month_end.rule_source: the functions that check a rule, as they are installed. */
export function readRuleSource(client: Queryable, rule: string): Promise<z.output<typeof ruleSource>[]> {
  return rows(client, ruleSource, 'select function_name, purpose, sql from month_end.rule_source($1)', [rule]);
}

export const accountLine = z.object({
  je_number: z.string(), je_date: z.string(), line_no: z.number(), description: z.string(), source: z.string(), source_id: z.string(),
  product_code: z.string(), currency: z.string(), debit: money.nullable(), credit: money.nullable(),
});

interface AccountPage {
  readonly period: string;
  readonly account: string;
  readonly ledgerId: number;
  /** The entry and line that the page begins after. */
  readonly after?: { readonly entry: string; readonly line: number } | undefined;
  readonly limit: number;
}

/** month_end.account_lines: a page of the committed lines of an account in a period. */
export function listAccountLines(client: Queryable, page: AccountPage): Promise<z.output<typeof accountLine>[]> {
  return rows(
    client, accountLine,
    `select je_number, to_char(je_date, 'YYYY-MM-DD') as je_date, line_no, description, source, source_id, product_code,
            currency, debit, credit
       from month_end.account_lines($1, $2, $3::integer, $4, $5::integer, $6::integer)`,
    [page.period, page.account, page.ledgerId, page.after?.entry ?? null, page.after?.line ?? 32767, page.limit],
  );
}
