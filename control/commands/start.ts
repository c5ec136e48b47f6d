import { basename, join } from 'node:path';
import type { Command } from 'commander';
import type pg from 'pg';
import { finishBatch } from '../jobs/finish-batch.ts';
import { projectFolder } from '../config.ts';
import * as database from '../database/batch.ts';
import { type ImportSource, listFileOutcomes } from '../database/import.ts';
import * as ledger from '../database/ledger.ts';
import { importFile } from '../import/import-file.ts';
import { install } from '../install.ts';
import { readBytes } from '../read-file.ts';
import { printFiles, printFindings, printRejectsByReason, printReport, printTrialBalance } from '../output/print-report.ts';
import { resolveServer, type Server } from '../server/index.ts';
import { withService } from '../database/session.ts';
import { defaultSessions } from './close.ts';
import { defaultLedger, example } from './options.ts';

// The real months first, then the made rows of January: marked as such, unfit in every way but one.
const sample: readonly [source: ImportSource, file: string][] = [
  ...['2003-01', '2003-02', '2003-03'].flatMap((month): [ImportSource, string][] => [
    ['PREMIUM', `motor-2003/premiums-${month}.csv.gz`],
    ['CLAIM', `motor-2003/claims-${month}.csv.gz`],
  ]),
  ['PREMIUM', 'made/premiums-2003-01-made.csv'],
  ['CLAIM', 'made/claims-2003-01-made.csv'],
];
const period = '2003-01';
const key: database.BatchKey = { batchId: `${period}-MONTHEND`, ledgerId: defaultLedger };

async function importSample(client: pg.Client): Promise<void> {
  for (const [source, file] of sample) {
    const path = join(projectFolder, 'data', file);
    const outcome = await importFile(client, source, { name: basename(path), stream: readBytes(path) });
    console.error(outcome.is_repeat
      ? `  ${file}: imported before, unchanged`
      : `  ${file}: ${outcome.loaded_count} of ${outcome.line_count} lines loaded, ${outcome.rejected_count} kept aside`);
  }
}

/** Closes the month, goes on with a close that was interrupted, or finds it closed. */
async function closeMonth(client: pg.Client, server: Server): Promise<database.Report> {
  const [latest] = await database.listBatches(client, { ledgerId: defaultLedger, limit: 1, period });
  const sessions = defaultSessions();
  if (latest === undefined || latest.status === 'FAILED' || latest.status === 'CANCELLED') {
    console.error(`Closing ${period} with ${sessions} sessions …`);
    await database.openBatch(client, { period, ledgerId: defaultLedger });
    return finishBatch(server, { key, sessions });
  }
  const { status } = await database.findBatch(client, key);
  if (status === 'COMPLETED') {
    console.error(`${period} is closed already; this is its result.`);
    return database.readReport(client, key);
  }
  console.error(`${key.batchId} was interrupted; going on with it …`);
  await database.retryFailedWorkers(client, key);
  return finishBatch(server, { key, sessions });
}

async function printResult(client: pg.Client, report: database.Report): Promise<void> {
  printReport(report);
  printFiles(await listFileOutcomes(client, period, defaultLedger));
  printRejectsByReason(await database.listRejects(client, key));
  printFindings(await database.listResults(client, key));
  printTrialBalance(
    period, await ledger.trialBalance(client, period, defaultLedger),
    await ledger.trialBalanceTotals(client, period, defaultLedger),
  );
  console.log(`
What to type next:
  ./monthend rejects ${key.batchId}              what was rejected, and why
  ./monthend ledger show JE-1-2003-01-0000000001      an entry, down to the line of the file
  ./monthend ledger digest ${period} --verify          the seal, made anew from what is stored
  ./monthend close 2003-02                            the next month
  ./monthend sql -c 'select * from month_end.progress'   the same in SQL; without -c: psql
  ./monthend db stop                                  stop the database; npm start finds it again`);
}

async function start(options: { json?: boolean }): Promise<void> {
  console.error('Starting PostgreSQL …');
  const { adminUrl, kind } = await resolveServer({ start: true });
  if (kind === 'embedded') console.error('It runs until: ./monthend db stop');
  const { migrations, functions } = await install(adminUrl);
  console.error(`Installed: ${migrations.length} migrations, ${functions.length} functions and views.`);
  const report = await withService('monthend start', async (client, server) => {
    console.error('Importing the sample: a French motor portfolio of 2003, and a few made rows …');
    await importSample(client);
    return closeMonth(client, server);
  });
  // A session of its own: the first one may not have outlived a restart of the server.
  if (options.json) console.log(JSON.stringify(report));
  else await withService('monthend start', (client) => printResult(client, report));
}

/** Adds `start`. */
export function register(program: Command): void {
  const command = program
    .command('start')
    .description('start the database, install, import the sample, close January 2003 and show the result')
    .option('--json', 'the report as JSON, schema monthend.report/1')
    .action(start);
  example(command, 'monthend start');
}
