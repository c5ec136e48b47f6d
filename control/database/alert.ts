import { z } from 'zod';
import { bigint, type Queryable, rows, value } from './query.ts';

export const alertNames = [
  'THROUGHPUT', 'WORKER_RATE', 'FINISH', 'WORKERS_FAILED', 'BATCH_FAILED', 'VALIDATION_FAILED', 'SCHEDULE_MISSED', 'CLOSE_OVERDUE',
] as const;

export interface RuleChange {
  readonly alert: string;
  readonly ledger?: number | undefined;
  readonly warning?: number | undefined;
  readonly critical?: number | undefined;
  readonly leastTransactions?: number | undefined;
  readonly holdSeconds?: number | undefined;
  readonly clearShare?: number | undefined;
  readonly enabled?: boolean | undefined;
}

const rule = z.object({
  alert: z.string(), ledger_id: z.number().nullable(), unit: z.string(), warning: z.number().nullable(), critical: z.number().nullable(),
  least_transactions: z.number(), hold_seconds: z.number(), clear_share: z.number(), is_enabled: z.boolean(), meaning: z.string(),
});

/** The rules of all alerts, those of single ledgers after that of all. */
export async function listAlertRules(client: Queryable): Promise<z.output<typeof rule>[]> {
  const found = await rows(
    client, z.object({ rule }),
    `select to_jsonb(r) || to_jsonb(g) as rule from month_end.alert_rule r join month_end.alert_guide() g on g.alert = r.alert
      order by r.alert, r.ledger_id nulls first`,
  );
  return found.map((each) => each.rule);
}

/** month_end.set_alert_rule: what is left out stays as it is. */
export async function setAlertRule(client: Queryable, change: RuleChange): Promise<void> {
  await client.query(
    'select month_end.set_alert_rule($1, $2::integer, $3::numeric, $4::numeric, $5::bigint, $6::integer, $7::numeric, $8::boolean)',
    [change.alert, change.ledger, change.warning, change.critical, change.leastTransactions, change.holdSeconds, change.clearShare, change.enabled]
      .map((each) => each ?? null),
  );
}

/** month_end.add_webhook; returns its number. */
export function addWebhook(client: Queryable, url: string, secret: string, ledgerId: number | undefined): Promise<number> {
  return value(client, z.number(), 'select month_end.add_webhook($1, $2, $3::integer) as value', [url, secret, ledgerId ?? null]);
}

/** month_end.remove_webhook; M2004 where there is none. */
export async function removeWebhook(client: Queryable, webhookId: number): Promise<void> {
  await client.query('select month_end.remove_webhook($1)', [webhookId]);
}

const webhook = z.object({
  webhook_id: z.number(), ledger_id: z.number().nullable(), url: z.string(), created_by: z.string(), created_at: z.date(),
  delivered: z.number(), waiting: z.number(), given_up: z.number(), last_error: z.string().nullable(),
});

/** The webhooks that are told of alerts, with what became of the deliveries. */
export function listWebhooks(client: Queryable): Promise<z.output<typeof webhook>[]> {
  return rows(
    client, webhook,
    `select w.webhook_id, w.ledger_id, w.url, w.created_by, w.created_at, count(d.delivered_at)::integer as delivered,
            (count(d.notice_id) filter (where d.delivered_at is null and d.given_up_at is null))::integer as waiting,
            count(d.given_up_at)::integer as given_up,
            (array_agg(d.last_error order by d.notice_id desc) filter (where d.last_error is not null))[1] as last_error
       from month_end.alert_webhook w left join month_end.alert_delivery d on d.webhook_id = w.webhook_id
      where w.removed_at is null
      group by w.webhook_id, w.ledger_id, w.url, w.created_by, w.created_at order by w.webhook_id`,
  );
}

const delivery = z.object({ notice_id: bigint, webhook_id: z.number() });
export type Delivery = z.output<typeof delivery>;

/** month_end.take_notices, in the transaction of the caller, who makes the jobs before it ends. */
export function takeNotices(client: Queryable): Promise<Delivery[]> {
  return rows(client, delivery, 'select notice_id, webhook_id from month_end.take_notices()');
}

const notice = z.object({ url: z.string(), secret: z.string(), sent_id: z.string(), body: z.string() });

/** month_end.read_notice; undefined where the webhook was removed. */
export async function readNotice(client: Queryable, { notice_id: id, webhook_id: to }: Delivery): Promise<z.output<typeof notice> | undefined> {
  const [found] = await rows(client, notice, 'select url, secret, sent_id, body::text from month_end.read_notice($1, $2)', [id, to]);
  return found;
}

/** month_end.record_delivery: what became of an attempt. */
export async function recordDelivery(client: Queryable, { notice_id: id, webhook_id: to }: Delivery, error: string | null, isLast: boolean): Promise<void> {
  await client.query('select month_end.record_delivery($1, $2, $3, $4)', [id, to, error, isLast]);
}
