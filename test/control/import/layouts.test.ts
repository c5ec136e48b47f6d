import { join } from 'node:path';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../../control/config.ts';
import { OperatorError } from '../../../control/errors.ts';
import { exitCodes } from '../../../control/exit-codes.ts';
import { parseMapping, readMapping } from '../../../control/import/mapping/read-mapping.ts';
import type { Mapping } from '../../../control/import/mapping/schema.ts';
import { one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { countsOf, importContent } from '../../support/import.ts';

const mappingOf = (value: object): Mapping => parseMapping('made.json', JSON.stringify({ schema: 'monthend.mapping/1', ...value }));

/** All lines of a content, as `wc -l` with a last line that has no end counted too. */
const linesOf = (content: string): number => content.replace(/\n$/, '').split('\n').length;

const kept = (session: pg.Client, importId: string): Promise<unknown[][]> => rowsOf(session, `
  select line_no, column_name, rule, reason, raw from subledger.import_reject where import_id = $1 order by line_no`, [importId]);

const sumOf = (counts: Readonly<Record<string, string | undefined>>): number =>
  Object.values(counts).reduce((total, count) => total + Number(count), 0);

// Made rows in the layout of the TSA's files of 2014: they always run, wherever the real ones are.
const tsaHeader = 'Claim Number,Date Received,Incident Date,Airport Code,Airport Name,Airline Name,Claim Type,Claim Site,Item Category,Close Amount,Disposition';
const tsaRow = (id: string, date: string, type: string, amount: string): string =>
  `${id},${date},1-Jan-14,XXX,"Nowhere, Made",Air  ,${type},Checkpoint,-,${amount},Deny`;

describe('made rows in the layout of the TSA', () => {
  const database = useDatabase();
  let session: pg.Client;
  let mapping: Mapping;
  const content = `\uFEFF${[
    tsaHeader,
    tsaRow('1', '7-Jan-14', 'Personal Injury', '"$1,234.00 "'),
    tsaRow('2', '13-Jan-14', 'Property Damage', '$0.00 '),
    tsaRow('3', '13-Jan-14', 'Property Damage', '-'),
    ',,,,,,,,,,',
    tsaHeader,
    tsaRow('', '13-Jan-14', 'Property Damage', '$1.00 '),
    tsaRow('5', '30-Feb-14', 'Property Damage', '$1.00 '),
    tsaRow('6', '13-Jan-13', 'Property Damage', '$1.00 '),
    tsaRow('7', '13-Jan-14', 'Alien Abduction', '$1.00 '),
    tsaRow('8', '13-Jan-14', '-', '1.00'),
    tsaRow('9', '13-Jan-14', '-', '"$1,2.00"'),
    '10,13-Jan-14',
    '',
    tsaRow('1', '7-Jan-14', 'Personal Injury', '"$1,234.00"'),
    tsaRow('1', '7-Jan-14', 'Personal Injury', '$5.00'),
    tsaRow('11', '14-Jan-14', '"Property\r\nDamage"', '$5.00'),
    tsaRow('12', '14-Jan-14', '-', '$0.10'),
  ].join('\r\n')}`;

  beforeAll(async () => {
    session = await database.session();
    mapping = await readMapping(join(projectFolder, 'data/mappings/tsa-claims-2014.json'));
  });

  test.each([1, 7, 65_536])('are loaded, already there, kept aside or passed over, in pieces of %i', async (pieceBytes) => {
    await session.query('delete from subledger.claims_transaction');
    const outcome = await importContent(session, 'made.csv', content, { source: 'CLAIM', mapping, pieceBytes });
    expect(countsOf(outcome)).toEqual({ lines: 14, loaded: 3, unchanged: 1, corrected: 0, conflicts: 1, rejected: 10 });
    expect(outcome.skipped).toEqual({ header: '1', blank: '2', repeated_header: '1', continued: '1' });
    expect(Number(outcome.line_count) + sumOf(outcome.skipped)).toBe(linesOf(content));
    expect(await rowsOf(session, `select claim_id, policy_number, product_code, claim_date, amount, currency, cost_center, import_line
      from subledger.claims_transaction order by import_line`)).toEqual([
      ['TSA-1', null, 'TPLV', '2014-01-07', '1234.00', 'USD', 'Headquarters', '2'],
      ['TSA-2', null, 'TPLM', '2014-01-13', '0.00', 'USD', 'Headquarters', '3'],
      ['TSA-12', null, 'OTHER', '2014-01-14', '0.10', 'USD', 'Headquarters', '19'],
    ]);
    expect((await kept(session, outcome.import_id)).map((each) => each.slice(0, 4))).toEqual([
      ['4', 'Close Amount', 'AMOUNT_MISSING', 'the amount is missing'],
      ['7', 'Claim Number', 'ID_MISSING', 'the id is missing'],
      ['8', 'Date Received', 'DATE_FORM', "'30-Feb-14' is no date of the form d-MMM-yy"],
      ['9', 'Date Received', 'DATE_OUT_OF_RANGE', '2013-01-13 is not from 2014-01-01 to 2014-12-31'],
      ['10', 'Claim Type', 'VALUE_UNKNOWN', "'Alien Abduction' is none of the values that the mapping knows for product_code"],
      ['11', 'Close Amount', 'VALUE_MISSING', 'the amount has no currency sign'],
      ['12', 'Close Amount', 'AMOUNT_FORM', "'$1,2.00' is no amount in the form of the mapping"],
      ['13', null, 'COLUMN_COUNT', '2 columns; the header has 11'],
      ['16', 'amount', 'ID_CONFLICT', 'claim_id TSA-1 is here already, from line 2 of this file, with other content: '
        + 'amount here 1234.00, in the file 5.00'],
      ['17', 'Claim Type', 'VALUE_UNKNOWN', "'Property\r\nDamage' is none of the values that the mapping knows for product_code"],
    ]);
    // How the file was read is kept with its import.
    expect(await rowsOf(session, 'select skipped, mapping = $2::jsonb from subledger.import where import_id = $1',
      [outcome.import_id, JSON.stringify(mapping)])).toEqual([[{ header: 1, blank: 2, continued: 1, repeated_header: 1 }, true]]);
  });
});

describe('a foreign layout', () => {
  const database = useDatabase();
  let session: pg.Client;
  beforeAll(async () => {
    session = await database.session();
  });

  const header = ['Vertrag', 'Zeile', 'Tag', 'Betrag', 'Ort'];
  const columns = {
    txn_id: { from: ['Vertrag', 'Zeile'], joinWith: '/' },
    policy_number: { from: 'Vertrag' },
    product_code: { constant: 'FIRE' },
    payment_date: { from: 'Tag', dates: ['dd.MM.yyyy', 'yyyy-MM-dd'] },
    amount: { from: 'Betrag', decimal: ',', thousands: '.', currencySigns: { '€': 'EUR', CHF: 'CHF' }, negatives: ['minus', 'trailing minus'] },
    currency: { signOf: 'amount', default: 'EUR' },
    cost_center: { from: 'Ort', values: { 'Köln': 'Center' }, otherwise: 'Headquarters', missing: ['k. A.'], default: 'Nowhere' },
  };
  const german = { source: 'premiums', delimiter: ';', headerLine: 3, header, columns, skip: { linesAfterHeader: 1 } };
  const content = [
    'Bericht;;;;', '', 'Ort;Vertrag;Zeile;Tag;Betrag', 'Text;Text;Zahl;Datum;EUR',
    'Köln;V1;1;31.01.2003;1.234,50 €', 'Bonn;V1;2;2003-02-01;CHF 0,08-', 'k. A.;V2;1;01.02.2003;5', ';V2;;01.02.2003;5',
    '"Köln";V3;1;2/1/2003;5,00', ' ; ; ; ; ', '"a;b";V4;1;01.02.2003;-9007199254740993,01 €',
  ].join('\r\n');
  const rows = [
    ['V1/1', 'V1', 'FIRE', '2003-01-31', '1234.50', 'EUR', 'Center', '5'],
    ['V1/2', 'V1', 'FIRE', '2003-02-01', '-0.08', 'CHF', 'Headquarters', '6'],
    ['V2/1', 'V2', 'FIRE', '2003-02-01', '5', 'EUR', 'Nowhere', '7'],
    ['V4/1', 'V4', 'FIRE', '2003-02-01', '-9007199254740993.01', 'EUR', 'Headquarters', '11'],
  ];
  const loadedBy = (importId: string): Promise<unknown[][]> => rowsOf(session, `
    select txn_id, policy_number, product_code, payment_date, amount, currency, cost_center, import_line
      from subledger.premium_transaction where import_id = $1 order by import_line`, [importId]);

  test.each<[string, BufferEncoding, number]>([
    ['utf-8', 'utf8', 1], ['utf-8', 'utf8', 65_536], ['windows-1252', 'latin1', 1], ['iso-8859-1', 'latin1', 65_536],
  ])('in %s: other order, marks, lines before the header, ids of two columns (%s, pieces of %i)', async (encoding, bytes, pieceBytes) => {
    await session.query('delete from subledger.premium_transaction');
    // ISO 8859-1 has no euro sign, and in windows-1252 it is the byte 80.
    const text = encoding === 'iso-8859-1' ? content.replaceAll(' €', '') : content;
    const file = bytes === 'utf8' ? Buffer.from(text) : Buffer.from(text.replaceAll('€', '\x80'), bytes);
    const outcome = await importContent(session, `${encoding}.csv`, file, { mapping: mappingOf({ ...german, encoding }), pieceBytes });
    expect(countsOf(outcome)).toEqual({ lines: 6, loaded: 4, unchanged: 0, corrected: 0, conflicts: 0, rejected: 2 });
    expect(outcome.skipped).toEqual({ before_header: '2', header: '1', after_header: '1', blank: '1' });
    expect(Number(outcome.line_count) + sumOf(outcome.skipped)).toBe(linesOf(content));
    expect(await loadedBy(outcome.import_id)).toEqual(rows);
    expect(await kept(session, outcome.import_id)).toEqual([
      ['8', 'Vertrag, Zeile', 'ID_MISSING', 'the id is missing', ';V2;;01.02.2003;5'],
      ['9', 'Tag', 'DATE_FORM', "'2/1/2003' is no date of the form dd.MM.yyyy or yyyy-MM-dd", '"Köln";V3;1;2/1/2003;5,00'],
    ]);
  });

  const small = { source: 'premiums', header: ['id', 'day', 'sum'], columns: {
    txn_id: { from: 'id' }, payment_date: { from: 'day', dates: ['d/M/yyyy', 'M/d/yyyy'] }, amount: { from: 'sum' }, currency: { constant: 'EUR' },
  } };

  test('a date that two patterns read differently is kept aside, not guessed', async () => {
    const outcome = await importContent(session, 'ambiguous.csv', 'id,day,sum\na1,1/2/2003,1\na2,31/1/2003,1\n', { mapping: mappingOf(small) });
    expect(countsOf(outcome)).toMatchObject({ lines: 2, loaded: 1, rejected: 1 });
    expect((await kept(session, outcome.import_id))[0]?.slice(0, 4)).toEqual(
      ['2', 'day', 'DATE_AMBIGUOUS', "'1/2/2003' reads as 2003-02-01 by d/M/yyyy and as 2003-01-02 by M/d/yyyy"]);
  });

  test('lines that are no rows are named, tabs and backslashes kept', async () => {
    const mapping = mappingOf({ ...small, delimiter: '\t', encoding: 'windows-1252' });
    const file = Buffer.from('id\tday\tsum\nb\\1\t31/1/2003\t1\nb2\t31/1/2003\t"1\nb3\x81\t31/1/2003\t1\nb4\t31/1/2003\t1\\N\n', 'latin1');
    const outcome = await importContent(session, 'broken.tsv', file, { mapping });
    expect(countsOf(outcome)).toMatchObject({ lines: 4, loaded: 1, rejected: 3 });
    expect((await kept(session, outcome.import_id)).map((each) => each.slice(0, 4))).toEqual([
      ['3', null, 'QUOTE', 'a quote is not closed, or stands inside a column without quotes'],
      ['4', null, 'ENCODING', 'bytes that are no windows-1252 text'],
      ['5', 'sum', 'AMOUNT_FORM', "'1\\N' is no amount in the form of the mapping"],
    ]);
    expect(await one(session, "select txn_id from subledger.premium_transaction where txn_id like 'b%'")).toBe('b\\1');
  });

  test('a row that a mapping makes the same is already there in our own form', async () => {
    const ours = 'txn_id,policy_number,product_code,payment_date,amount,currency,cost_center\ns1,,,2003-01-31,5.00,EUR,\n';
    expect(countsOf(await importContent(session, 'ours.csv', ours))).toMatchObject({ loaded: 1 });
    const mapped = await importContent(session, 'theirs.csv', 'id,day,sum\ns1,31/1/2003,5\n', { mapping: mappingOf(small) });
    expect(countsOf(mapped)).toMatchObject({ loaded: 0, unchanged: 1, rejected: 0 });
  });

  test.each<[string, string, object, string]>([
    ['columns missing and unexpected', 'id,Day,sum,more\n', {}, 'missing: day; unexpected: Day, more'],
    ['a column twice', 'id,day,sum,sum\n', {}, 'more than once: sum'],
    ['a column twice where others are allowed', 'id,day,sum,x,x,sum\n', { allowOtherColumns: true }, 'more than once: sum'],
    ['no header so far down', 'id,day,sum\n1,31/1/2003,1\n', { headerLine: 9 }, 'The mapping looks for it in line 9, and the file ends before.'],
  ])('%s: the file is refused before anything is loaded', async (_, file, change, detail) => {
    const before = await one(session, 'select count(*) from subledger.import');
    for (const pieceBytes of [1, 65_536]) {
      const error: unknown = await importContent(session, 'x.csv', `${file}z1,31/1/2003,1\n`, { mapping: mappingOf({ ...small, ...change }), pieceBytes })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OperatorError);
      expect(error).toMatchObject({ detail, exitCode: exitCodes.validation });
    }
    expect(await one(session, 'select count(*) from subledger.import')).toBe(before);
    expect(await one(session, "select count(*) from subledger.premium_transaction where txn_id like 'z%'")).toBe('0');
  });

  test('columns that the mapping allows beside its own are passed over', async () => {
    const outcome = await importContent(session, 'more.csv', 'x,id,day,sum,x\n9,m1,31/1/2003,1,9\n', {
      mapping: mappingOf({ ...small, allowOtherColumns: true }) });
    expect(countsOf(outcome)).toMatchObject({ loaded: 1, rejected: 0 });
  });

  test('a mapping for the other source is refused', async () => {
    await expect(importContent(session, 'x.csv', 'id,day,sum\n', { source: 'CLAIM', mapping: mappingOf(small) }))
      .rejects.toMatchObject({ message: 'The mapping is for premiums; nothing of x.csv was loaded.', exitCode: exitCodes.validation });
  });
});
