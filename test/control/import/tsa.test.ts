import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { projectFolder } from '../../../control/config.ts';
import { importFile } from '../../../control/import/import-file.ts';
import { readMapping } from '../../../control/import/mapping/read-mapping.ts';
import { rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { countsOf } from '../../support/import.ts';

const folder = join(projectFolder, '../shared/data/raw/tsa_claims');
if (!existsSync(folder)) console.warn(`Skipped: the real TSA files are not at ${folder}.`);

// File, mapping, rows, loaded, kept aside for want of an amount, lines that are no rows, sum of what is loaded.
const files: [string, string, number, number, number, Record<string, string>, string][] = [
  ['07-09_claims.csv.gz', 'tsa-claims-2007-2009', 47912, 45942, 1970, { header: '1' }, '2636477.48'],
  ['14_claims.csv.gz', 'tsa-claims-2014', 8855, 5118, 3737, { header: '1', blank: '560' }, '538739.51'],
  ['15_claims.csv.gz', 'tsa-claims-2015', 8667, 6601, 2066, { header: '1' }, '611137.05'],
];

describe.skipIf(!existsSync(folder))('the TSA claims as their owner publishes them', () => {
  const database = useDatabase();

  test.each(files)('%s: every line is loaded, kept aside or passed over', async (name, map, rows, loaded, rejected, skipped, amount) => {
    const session = await database.session();
    const mapping = await readMapping(join(projectFolder, 'data/mappings', `${map}.json`));
    const load = () => importFile(session, 'CLAIM', { name, stream: createReadStream(join(folder, name)) }, { mapping });
    const outcome = await load();
    expect(countsOf(outcome)).toEqual({ lines: rows, loaded, unchanged: 0, corrected: 0, conflicts: 0, rejected });
    expect(outcome.skipped).toEqual(skipped);
    const fileLines = gunzipSync(readFileSync(join(folder, name))).toString().replace(/\n$/, '').split('\n').length;
    const passedOver = Object.values(outcome.skipped).reduce((total, lines) => total + Number(lines), 0);
    expect(loaded + rejected + passedOver).toBe(fileLines);
    expect(await rowsOf(session, `select currency, count(*), sum(amount) from subledger.claims_transaction
      where import_id = $1 group by 1`, [outcome.import_id])).toEqual([['USD', String(loaded), amount]]);
    expect(await rowsOf(session, `select rule, column_name, reason, count(*) from subledger.import_reject
      where import_id = $1 group by 1, 2, 3`, [outcome.import_id]))
      .toEqual([['AMOUNT_MISSING', 'Close Amount', 'the amount is missing', String(rejected)]]);
    const again = await load();
    expect(again).toMatchObject({ is_repeat: true, unchanged_count: String(loaded), rejected_count: String(rejected) });
  });
});
