import { Argument, type Command, InvalidArgumentError } from 'commander';
import * as database from '../database/alert.ts';
import { listAlerts } from '../database/monitoring.ts';
import { withService } from '../database/session.ts';
import { formatTable } from '../output/table.ts';
import { makeSecret } from '../jobs/webhook.ts';
import { example, ledgerNumber, ledgerOption, wholeNumber } from './options.ts';

const shown = 50;
const webhookNumber = wholeNumber(1, 2 ** 31 - 1);

function amount(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It takes a number.');
  return Number(text);
}

async function list(options: { ledger: number; open?: boolean; json?: boolean }): Promise<void> {
  const alerts = await withService('monthend alert', (client) => listAlerts(client, options.ledger, shown, options.open ?? false));
  if (options.json) {
    console.log(JSON.stringify(alerts));
    return;
  }
  for (const alert of alerts) {
    const value = `${alert.value ?? ''} ${alert.unit}, threshold ${alert.threshold ?? '–'}${alert.detail === null ? '' : `: ${alert.detail}`}`;
    console.log(`${alert.opened_at}  ${alert.cleared_at === null ? 'OPEN   ' : 'cleared'}  ${alert.severity} ${alert.alert} ${alert.batch_id ?? ''}  ${value}`);
    if (alert.is_open) console.log(`  ${alert.meaning}\n  ${alert.command}`);
  }
  if (alerts.length === 0) console.log('No alerts.');
}

async function rules(options: { json?: boolean }): Promise<void> {
  const found = await withService('monthend alert', (client) => database.listAlertRules(client));
  if (options.json) {
    console.log(JSON.stringify(found));
    return;
  }
  console.log(formatTable(['alert', 'ledger', 'warning', 'critical', 'unit', 'from transactions', 'holds s', 'margin', ''], found.map((rule) => [
    rule.alert, rule.ledger_id ?? 'all', rule.warning ?? '', rule.critical ?? '', rule.unit, rule.least_transactions, rule.hold_seconds, rule.clear_share,
    rule.is_enabled ? '' : 'off',
  ])));
}

async function set(alert: string, options: Omit<database.RuleChange, 'alert'> & { on?: boolean; off?: boolean }): Promise<void> {
  const enabled = options.on === true ? true : options.off === true ? false : undefined;
  await withService('monthend alert', (client) => database.setAlertRule(client, { ...options, alert, enabled }));
  await rules({});
}

async function addWebhook(url: string, options: { ledger?: number; json?: boolean }): Promise<void> {
  const secret = makeSecret();
  const id = await withService('monthend alert', (client) => database.addWebhook(client, url, secret, options.ledger));
  console.error(`Webhook ${id} is told of alerts. Its secret is shown this once:`);
  console.log(secret);
}

async function listWebhooks(options: { json?: boolean }): Promise<void> {
  const found = await withService('monthend alert', (client) => database.listWebhooks(client));
  if (options.json) {
    console.log(JSON.stringify(found));
    return;
  }
  console.log(formatTable(['webhook', 'ledger', 'address', 'made by', 'delivered', 'waiting', 'given up', 'last error'], found.map((each) => [
    each.webhook_id, each.ledger_id ?? 'all', each.url, each.created_by, each.delivered, each.waiting, each.given_up, each.last_error ?? '',
  ])));
}

function registerWebhooks(group: Command): void {
  const webhook = group.command('webhook').description('who is told of alerts over HTTP');
  example(webhook, 'monthend alert webhook add https://ops.example.com/hooks/monthend');
  example(
    webhook.command('add').description('have alerts sent to an address, signed with a secret that is shown once')
      .argument('<url>', 'where to').option('--ledger <id>', 'alerts of one ledger (default: of all)', ledgerNumber).action(addWebhook),
    'monthend alert webhook add https://ops.example.com/hooks/monthend --ledger 1',
  );
  example(webhook.command('list').description('all of them, and what became of the deliveries').option('--json', 'as JSON').action(listWebhooks), 'monthend alert webhook list');
  example(
    webhook.command('remove').description('send nothing to it any more').argument('<number>', 'its number', webhookNumber)
      .action(async (id: number) => {
        await withService('monthend alert', (client) => database.removeWebhook(client, id));
        console.log(`Webhook ${id} is removed.`);
      }),
    'monthend alert webhook remove 1',
  );
}

/** Adds `alert`. */
export function register(program: Command): void {
  const group = program.command('alert').description('alerts, their thresholds, and who is told');
  example(group, 'monthend alert list --open');
  example(
    group.command('list').description('alerts, open ones first, each with the command that helps').option('--open', 'open ones only')
      .addOption(ledgerOption()).option('--json', 'as JSON').action(list),
    'monthend alert list --open',
  );
  example(group.command('rules').description('thresholds of all alerts').option('--json', 'as JSON').action(rules), 'monthend alert rules');
  example(
    group.command('set').description('change the thresholds of an alert; what is left out stays as it is')
      .addArgument(new Argument('<alert>', 'which').choices(database.alertNames))
      .option('--ledger <id>', 'for one ledger (default: for all that have no rule of their own)', ledgerNumber)
      .option('--warning <value>', 'from where it warns', amount).option('--critical <value>', 'from where it is critical', amount)
      .option('--least-transactions <n>', 'smaller batches raise none', wholeNumber(0, 1e12))
      .option('--hold-seconds <n>', 'how long it has to last, to open and to clear', wholeNumber(0, 86_400))
      .option('--clear-share <share>', 'how far back over the threshold clears it, such as 0.1', amount)
      .option('--on', 'judge it').option('--off', 'never judge it').action(set),
    'monthend alert set THROUGHPUT --ledger 2 --warning 8000 --critical 4000',
  );
  registerWebhooks(group);
}
