import { stat } from 'node:fs/promises';
import { Argument, type Command, Option } from 'commander';
import type pg from 'pg';
import type { ImportSource } from '../database/import.ts';
import { OperatorError } from '../errors.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { importFile, type ImportOutcome } from '../import/import-file.ts';
import { inspectFile } from '../import/inspect/inspect-file.ts';
import { inspectionJson, printInspection } from '../import/inspect/print-inspection.ts';
import { readMapping } from '../import/mapping/read-mapping.ts';
import type { Mapping } from '../import/mapping/schema.ts';
import { importJson, type ImportResult, printImports } from '../import/print-outcome.ts';
import { createImportProgress } from '../import/progress.ts';
import { reportOf } from '../error-report.ts';
import { cannotRead, readBytes } from '../read-file.ts';
import { errorLines } from '../output/print-error.ts';
import { withService } from '../database/session.ts';

const sources: Readonly<Record<string, ImportSource>> = { premiums: 'PREMIUM', claims: 'CLAIM' };

/** Imports a file of this machine, with its progress on stderr. */
async function importPath(
  client: pg.ClientBase, source: ImportSource, path: string, mapping?: Mapping,
): Promise<ImportOutcome> {
  const { size } = await stat(path).catch((error: unknown) => {
    throw cannotRead(path, error);
  });
  const progress = createImportProgress(path, size);
  try {
    return await importFile(client, source, { name: path, stream: readBytes(path) }, { onProgress: progress.show, mapping });
  } finally {
    progress.end();
  }
}

/** A file that is refused doesn't keep the next ones out; any other error ends the command. */
async function importAll(
  client: pg.ClientBase, source: ImportSource, paths: readonly string[], mapping: Mapping | undefined,
): Promise<ImportResult[]> {
  const results: ImportResult[] = [];
  for (const path of paths) {
    try {
      results.push({ file: path, outcome: await importPath(client, source, path, mapping) });
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      const report = reportOf(error);
      for (const line of errorLines(report)) console.error(line);
      results.push({ file: path, error: report });
    }
  }
  return results;
}

const exitCodeOf = (results: readonly ImportResult[]): ExitCode =>
  results.find(({ error }) => error !== undefined)?.error?.exitCode ?? exitCodes.ok;

const help = `
The first line of a file is its header; the columns, in this order:
  premiums  txn_id,policy_number,product_code,payment_date,amount,currency,cost_center
  claims    claim_id,policy_number,product_code,claim_date,amount,currency,cost_center
UTF-8, columns parted by commas, texts with commas or line breaks in double quotes; gzip as it comes.
Dates look like 2003-01-31, amounts like 1234.50. Empty lines are passed over.

With --map MAPPING.json a file may have another layout: other names and orders of columns, dates, amounts,
encodings. docs/imports.md describes the mapping file; import inspect proposes one.

A file is loaded in one transaction. Lines that cannot be stored, and ids that are here with other
content, are kept aside in subledger.import_reject and do not stop the others. A row that a batch has
rejected is replaced by the corrected one; before and after are kept. What is here already with the same
content stays as it is, so a file may be imported again at any time.

Exit codes: 0 all files were read, lines kept aside or not; 5 a file was refused as a whole (header,
damaged gzip, not a text), 2 a file cannot be opened: the others were loaded; 3 the database is not ready.

Examples:
  monthend import premiums data/motor-2003/premiums-2003-01.csv.gz
  monthend import claims data/motor-2003/claims-*.csv.gz --json
  monthend import claims --map data/mappings/tsa-claims-2015.json 15_claims.csv.gz`;

const inspectHelp = `
Proposes a mapping file for another layout, on stdout: delimiter, encoding, header, which columns are id,
date, amount and currency, by name and content. On stderr: what the file leaves open, the first rows as they
would be, and how many would fit or be refused. What can be read in two ways is said, not guessed. It asks no
database, so it doesn't know what is there already, and changes nothing. Read the proposal before using it.

Example:
  monthend import inspect 15_claims.csv.gz > mapping.json`;

/** Adds `import inspect`. */
function registerInspect(command: Command): void {
  command
    .command('inspect')
    .description('propose a mapping for a file in another layout')
    .argument('<file>', 'the file')
    .addOption(new Option('--source <source>', 'what the file holds').choices(Object.keys(sources)))
    .option('--json', 'mapping, notes, preview and counts, all as JSON on stdout')
    .addHelpText('after', inspectHelp)
    .action(async (path: string, options: { source?: Mapping['source'] }, self: Command) => {
      const inspection = await inspectFile(path, options.source);
      // `import` has --json too, and takes it where it stands behind `inspect`.
      if (self.optsWithGlobals<{ json?: boolean }>().json) console.log(JSON.stringify(inspectionJson(inspection)));
      else printInspection(inspection);
    });
}

/** Adds `import`. */
export function register(program: Command): void {
  const command = program
    .command('import')
    .description('load premiums or claims from CSV files, gzip or not')
    .addArgument(new Argument('<source>', 'what the files hold').choices(Object.keys(sources)))
    .argument('<file...>', 'the files')
    .option('--map <mapping>', 'the mapping file of a foreign layout')
    .option('--json', 'what became of each file, as JSON')
    .addHelpText('after', help)
    .action(async (name: string, paths: string[], options: { json?: boolean; map?: string }) => {
      const source = sources[name] as ImportSource;
      const mapping = options.map === undefined ? undefined : await readMapping(options.map);
      const results = await withService('monthend import', (client) => importAll(client, source, paths, mapping));
      if (options.json) console.log(JSON.stringify(importJson(results)));
      else printImports(results);
      process.exitCode = exitCodeOf(results);
    });
  registerInspect(command);
}
