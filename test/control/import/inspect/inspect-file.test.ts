import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../../../control/config.ts';
import { type Inspection, inspectFile } from '../../../../control/import/inspect/inspect-file.ts';
import { parseMapping } from '../../../../control/import/mapping/read-mapping.ts';
import { run } from '../../../support/cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync('/tmp/monthend-inspect-');
});
afterAll(() => rmSync(folder, { recursive: true }));

function inspect(content: string | Buffer, name = 'x.csv'): Promise<Inspection> {
  writeFileSync(join(folder, name), content);
  return inspectFile(join(folder, name));
}

const columnsOf = ({ mapping }: Inspection): Record<string, unknown> => (mapping as { columns: Record<string, unknown> }).columns;
const datesOf = (inspection: Inspection): unknown => (columnsOf(inspection).payment_date as { dates: unknown }).dates;
const noteOf = ({ notes }: Inspection, start: string): string | undefined => notes.find((note) => note.startsWith(start));

describe('the order of day and month', () => {
  const file = (...dates: string[]): string => ['Txn No,Payment Date,Amount', ...dates.map((date, at) => `${at},${date},1.50`)].join('\n');

  test('is what one value proves', async () => {
    expect(datesOf(await inspect(file('1/2/2003', '3/4/2003', '31/1/2003')))).toEqual(['d/M/yyyy']);
    expect(datesOf(await inspect(file('1/2/2003', '3/4/2003', '1/31/2003')))).toEqual(['M/d/yyyy']);
  });

  test('is said to be open where no value proves it, and rows are refused until it is decided', async () => {
    const found = await inspect(file('1/2/2003', '3/4/2003', '5/5/2003'));
    expect(datesOf(found)).toEqual(['d/M/yyyy', 'M/d/yyyy']);
    expect(noteOf(found, 'AMBIGUOUS')).toBe('AMBIGUOUS: Payment Date: every value is a date both by d/M/yyyy and by M/d/yyyy; '
      + 'the file doesn\'t tell which. Strike out the wrong one: until then rows that differ are kept aside');
    expect(found.fit).toBe(1);
    expect(found.refused).toEqual([{ rule: 'DATE_AMBIGUOUS', column: 'Payment Date', rows: 2,
      first: "line 2: '1/2/2003' reads as 2003-02-01 by d/M/yyyy and as 2003-01-02 by M/d/yyyy" }]);
  });

  test('is said to be open where values contradict each other', async () => {
    const found = await inspect(file('1/31/2003', '31/1/2003', '1/2/2003'));
    expect(noteOf(found, 'AMBIGUOUS')).toContain('1 values are dates by d/M/yyyy only and 1 by M/d/yyyy only');
    expect(found).toMatchObject({ fit: 2, refused: [{ rule: 'DATE_AMBIGUOUS', rows: 1 }] });
  });
});

test('semicolons, windows-1252, lines before the header, decimal commas, marks, a currency column', async () => {
  const rows = Array.from({ length: 12 }, (_, at) => `V${at};${at + 10}.01.2003;1.234,50;EUR;K\u00f6ln`);
  const content = ['Bericht 2003', '', 'Vertragsnr;Buchungsdatum;Betrag;Curr;Region', ...rows, ';;;;', 'V99;x;-0,08;EUR;"a;b"', 'V98;01.02.2003;5;EUR;n/a'].join('\n');
  const found = await inspect(gzipSync(Buffer.from(content, 'latin1')), 'x.csv.gz');
  expect(found.mapping).toEqual({
    schema: 'monthend.mapping/1', source: 'premiums', encoding: 'windows-1252', delimiter: ';', headerLine: 3, missing: ['n/a'],
    header: ['Vertragsnr', 'Buchungsdatum', 'Betrag', 'Curr', 'Region'],
    columns: {
      txn_id: { from: 'Vertragsnr' }, cost_center: { from: 'Region' }, payment_date: { from: 'Buchungsdatum', dates: ['d.M.yyyy'] },
      amount: { from: 'Betrag', decimal: ',', thousands: '.', negatives: ['minus', 'trailing minus', 'parentheses'] }, currency: { from: 'Curr' },
    },
  });
  expect(found.notes).toContain('encoding: the file is no UTF-8; windows-1252 is assumed: look at letters with accents in the preview');
  expect(found).toMatchObject({ lines: 18, fit: 13, skipped: { before_header: 2, header: 1, blank: 1 },
    refused: [{ rule: 'DATE_FORM', column: 'Buchungsdatum', rows: 1, first: "line 17: 'x' is no date of the form d.M.yyyy" }] });
  expect(found.preview[0]).toEqual({ line: 4, values: ['V0', '', '', '2003-01-10', '1234.50', 'EUR', 'K\u00f6ln'] });
});

test('without a column that looks like a date nothing is proposed', async () => {
  await expect(inspect('id,amount\n1,1.50\n')).rejects.toMatchObject({
    message: `No column of ${join(folder, 'x.csv')} looks like a date; no mapping can be proposed.`, detail: 'Its columns: id, amount.', exitCode: 5 });
});

test('what is missing is said: an id of its own, the currency, amounts', async () => {
  const found = await inspect('Claim No,Day,Paid\nA,2003-01-31,1.50\nA,2003-01-31,2.50\nB,2003-02-01,\n');
  expect(columnsOf(found)).toMatchObject({ claim_id: { from: 'Claim No' }, claim_date: { from: 'Day', dates: ['yyyy-MM-dd'] },
    amount: { from: 'Paid', decimal: '.' }, currency: { constant: 'XXX' } });
  expect(noteOf(found, 'id:')).toContain('"Claim No" repeats: join several');
  expect(noteOf(found, 'currency:')).toContain('XXX stands for it');
  expect(noteOf(found, 'amount:')).toContain('1 rows have none');
  expect(found).toMatchObject({ lines: 4, fit: 3, refused: [], skipped: { header: 1 } });
  expect(found.preview[0]).toEqual({ line: 2, values: ['A', '', '', '2003-01-31', '1.50', 'XXX', ''] });
});

test('the command prints a mapping that import takes on stdout, all else on stderr, and needs no database', async () => {
  const path = join(folder, 'made.csv');
  writeFileSync(path, '\uFEFFClaim Number,Date Received,Close Amount\r\n1,7-Jan-14,"$1,234.00 "\r\n2,13-Jan-14,-\r\n,,\r\n3,13-Jan-14,$5.00');
  const nowhere = 'postgresql://localhost:1/none';
  const { code, stdout, stderr } = await run(nowhere, ['import', 'inspect', path]);
  expect(code).toBe(0);
  expect(parseMapping('stdout', stdout).columns).toMatchObject({
    claim_id: { from: 'Claim Number' }, claim_date: { dates: ['d-MMM-yy'], twoDigitYearsFrom: 1970 },
    amount: { thousands: ',', currencySigns: { $: 'USD' } }, currency: { signOf: 'amount' } });
  expect(stderr).toContain(`${path}: 5 lines: 3 would fit, 0 be kept aside, passed over: 1 blank, 1 header`);
  const all = await run(nowhere, ['import', 'inspect', path, '--json']);
  expect(JSON.parse(all.stdout)).toMatchObject({ schema: 'monthend.import-inspect/1', lines: 5, fit: 3, skipped: { blank: 1, header: 1 } });
  expect(await run(nowhere, ['import', 'inspect', join(folder, 'none.csv')])).toMatchObject({ code: 2 });
});

const tsa = join(projectFolder, '../shared/data/raw/tsa_claims');
if (!existsSync(tsa)) console.warn(`Skipped: the real TSA files are not at ${tsa}.`);

test.skipIf(!existsSync(tsa)).each<[string, string, string, number, number, number]>([
  ['07-09_claims.csv.gz', 'yyyy-MM-dd HH:mm:ss', 'XXX', 47913, 47912, 0],
  ['14_claims.csv.gz', 'd-MMM-yy', 'amount', 9416, 8855, 560],
  ['15_claims.csv.gz', 'd-MMM-yy', 'amount', 8668, 8667, 0],
])('%s of the TSA', async (name, pattern, currency, lines, fit, blank) => {
  const found = await inspectFile(join(tsa, name));
  expect(columnsOf(found)).toMatchObject({ claim_id: { from: 'Claim Number' }, claim_date: { from: 'Date Received', dates: [pattern] }, amount: { from: 'Close Amount' } });
  expect(Object.values(columnsOf(found).currency as object)).toEqual([currency]);
  expect(found).toMatchObject({ lines, fit, refused: [], skipped: { header: 1, ...(blank > 0 && { blank }) } });
});
