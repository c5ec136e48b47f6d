import type { Command } from 'commander';
import * as ledger from '../database/ledger.ts';
import type { Queryable } from '../database/query.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, typed } from '../output/format.ts';
import { grouped, printTrialBalance } from '../output/print-report.ts';
import { withService } from '../database/session.ts';
import { formatTable } from '../output/table.ts';
import { example, ledgerOption, period } from './options.ts';

interface LedgerOptions {
  readonly ledger: number;
  readonly json?: boolean;
}

/** Nothing is asked of a month that holds nothing: an empty answer would look like a month without business. */
async function assertPosted(client: Queryable, month: string, ledgerId: number): Promise<void> {
  if (await ledger.isPosted(client, month, ledgerId)) return;
  throw new OperatorError(`Nothing is posted in ${month}.`, {
    detail: `Ledger ${ledgerId} has no committed batch of it.`,
    hint: `${typed(`close ${month}`, ledgerId)}    or ${typed('status', ledgerId)} for what there is`, exitCode: exitCodes.runState,
  });
}

async function trialBalance(month: string, options: LedgerOptions): Promise<void> {
  await withService('monthend ledger', async (client) => {
    await assertPosted(client, month, options.ledger);
    const balances = await ledger.trialBalance(client, month, options.ledger);
    const totals = await ledger.trialBalanceTotals(client, month, options.ledger);
    if (options.json) console.log(JSON.stringify({ period: month, accounts: balances, totals }));
    else printTrialBalance(month, balances, totals);
  });
}

async function digest(month: string, options: LedgerOptions & { verify?: boolean }): Promise<void> {
  await withService('monthend ledger', async (client) => {
    await assertPosted(client, month, options.ledger);
    const sealed = await ledger.periodDigest(client, month, options.ledger);
    const differing: string[] = [];
    for (const batch of options.verify ? sealed.batches : []) {
      const found = await ledger.recomputeDigest(client, batch.batch_id, options.ledger);
      if (found !== batch.digest) differing.push(`${batch.batch_id}: sealed ${batch.digest}, stored ${found}`);
    }
    if (options.json) {
      console.log(JSON.stringify({ ...sealed, ...(options.verify && { verified: differing.length === 0 }) }));
    } else {
      console.log(`${sealed.period} ${sealed.digest}`);
      for (const batch of sealed.batches) {
        console.log(`  ${batch.batch_id} ${batch.digest}  numbers ${batch.first_number} to ${batch.last_number}`);
      }
      if (options.verify && differing.length === 0) console.log('Verified: the stored entries give the same digests.');
    }
    if (differing.length > 0) {
      throw new OperatorError('The stored entries are not those that were sealed.', {
        detail: differing.join('; '), hint: 'Stop posting; compare with a backup taken after the close.',
        exitCode: exitCodes.validation,
      });
    }
  });
}

/** The command that tells which numbers the month of an entry number has. */
function digestOf(number: string): string {
  const [, ledgerId = '', month = ''] = /^JE-(\d+)-(\d{4}-\d\d)-/.exec(number) ?? [];
  return typed(`ledger digest ${month}`, Number(ledgerId));
}

async function show(number: string, options: { json?: boolean }): Promise<void> {
  const entry = await withService('monthend ledger', (client) => ledger.showEntry(client, number));
  if (entry === null) {
    throw new OperatorError('There is no committed entry of this number.', {
      detail: number, hint: `The numbers of that month: ${digestOf(number)}`, exitCode: exitCodes.runState,
    });
  }
  if (options.json) {
    console.log(JSON.stringify(entry));
    return;
  }
  console.log(`${entry.je_number}  ${entry.je_date}  ${entry.entry_code} ${entry.description} (rules version ${entry.rule_version})`);
  console.log(`batch ${entry.batch_id}, posted ${entry.posted_at}; product ${entry.product_code}, cost centre ${entry.cost_center}\n`);
  console.log(formatTable(['line', 'account', 'name', `debit ${entry.currency}`, `credit ${entry.currency}`],
    entry.lines.map((line) => [
      line.line_no, line.account_code, line.account_name, grouped(line.debit), grouped(line.credit),
    ])));
  console.log(`\nsource ${entry.source.type} ${entry.source.id}, amount ${entry.source.amount} ${entry.currency}`);
  for (const [column, content] of Object.entries(entry.source.row ?? {})) console.log(printable(`  ${column}: ${String(content)}`));
  if (entry.import !== null) {
    console.log(`import ${entry.import.import_id}: ${entry.import.file_name}, line ${entry.import.line} (sha256 ${entry.import.sha256})`);
  }
}

/** Adds `ledger`. */
export function register(program: Command): void {
  const group = program.command('ledger').description('the posted books: trial balance, digest, single entries');
  example(group, 'monthend ledger trial-balance 2003-01');
  example(
    group.command('trial-balance').description('trial balance of a period over its committed batches')
      .argument('<period>', 'a month, such as 2003-01', period)
      .addOption(ledgerOption()).option('--json', 'as JSON, money as strings').action(trialBalance),
    'monthend ledger trial-balance 2003-01',
  );
  example(
    group.command('digest').description('digest that seals a period')
      .argument('<period>', 'a month, such as 2003-01', period)
      .option('--verify', 'make it anew from the stored entries and compare')
      .addOption(ledgerOption()).option('--json', 'as JSON').action(digest),
    'monthend ledger digest 2003-01 --verify',
  );
  example(
    group.command('show').description('an entry down to its source row and the line of the file')
      .argument('<number>', 'an entry number, such as JE-1-2003-01-0000000001')
      .option('--json', 'as JSON').action(show),
    'monthend ledger show JE-1-2003-01-0000000001',
  );
}
