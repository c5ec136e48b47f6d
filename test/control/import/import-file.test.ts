import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type pg from 'pg';
import { beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../../control/config.ts';
import { OperatorError } from '../../../control/errors.ts';
import { exitCodes } from '../../../control/exit-codes.ts';
import { importFile } from '../../../control/import/import-file.ts';
import { one, rowsOf } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';
import { claimHeader, countsOf, importContent, importPremiums, premiumHeader } from '../../support/import.ts';

const premium = (id: string, rest = 'POL,FIRE,2003-01-15,10.00,EUR,Center'): string => `${id},${rest}`;

const stored = (session: pg.Client, ids: string): Promise<unknown[][]> => rowsOf(session, `
  select txn_id, policy_number, product_code, payment_date, amount, currency, cost_center, import_line
    from subledger.premium_transaction where txn_id like $1 order by txn_id`, [ids]);

const kept = (session: pg.Client, importId: string): Promise<unknown[][]> => rowsOf(session, `
  select line_no, column_name, rule, reason, raw from subledger.import_reject where import_id = $1 order by line_no`,
[importId]);

describe('the files of January 2003', () => {
  const database = useDatabase();
  const file = (name: string): string => join(projectFolder, 'data/motor-2003', name);

  test('are loaded whole, to the cent, and once', async () => {
    const session = await database.session();
    const load = (source: 'PREMIUM' | 'CLAIM', name: string) =>
      importFile(session, source, { name, stream: createReadStream(file(name)) });
    expect(countsOf(await load('PREMIUM', 'premiums-2003-01.csv.gz')))
      .toEqual({ lines: 41703, loaded: 41703, unchanged: 0, corrected: 0, conflicts: 0, rejected: 0 });
    expect(countsOf(await load('CLAIM', 'claims-2003-01.csv.gz')))
      .toEqual({ lines: 417, loaded: 417, unchanged: 0, corrected: 0, conflicts: 0, rejected: 0 });
    const state = 'select count(*), sum(amount), min(xmin::text), max(xmin::text) from subledger.premium_transaction';
    const before = await rowsOf(session, state);
    expect(before[0]?.slice(0, 2)).toEqual(['41703', '1147523.12']);
    expect(await rowsOf(session, 'select count(*), sum(amount) from subledger.claims_transaction')).toEqual([['417', '395671']]);

    const again = await load('PREMIUM', 'premiums-2003-01.csv.gz');
    expect(again).toMatchObject({ is_repeat: true, import_id: '1' });
    expect(countsOf(again)).toEqual({ lines: 41703, loaded: 0, unchanged: 41703, corrected: 0, conflicts: 0, rejected: 0 });
    expect(await rowsOf(session, state)).toEqual(before);
    expect(await one(session, 'select count(*) from subledger.import')).toBe('2');
  });

  test('the lineage of a row is its file and line', async () => {
    const session = await database.session();
    expect(await rowsOf(session, `select i.file_name, t.import_line, t.policy_number from subledger.premium_transaction t
      join subledger.import i using (import_id) where txn_id = '2'`)).toEqual([['premiums-2003-01.csv.gz', '3', '1000896.10a']]);
  });
});

describe('rows of a file', () => {
  const database = useDatabase();
  let session: pg.Client;
  beforeAll(async () => {
    session = await database.session();
  });

  test('that cannot be stored are kept aside with place and reason, and the others load', async () => {
    const long = 'x'.repeat(201);
    const outcome = await importContent(session, 'bad.csv', Buffer.concat([
      Buffer.from(`${premiumHeader}\n`),
      Buffer.from([
        premium('r1'),
        'r2,POL,FIRE,2003-01-15,10.00,EUR',
        `r3,POL,FIRE,2003-01-15,10.00,EUR,Center,more`,
        premium(''),
        premium(' r5'),
        premium('r6', 'POL,FIRE,15.01.2003,10.00,EUR,Center'),
        premium('r7', 'POL,FIRE,2003-02-30,10.00,EUR,Center'),
        premium('r8', 'POL,FIRE,,10.00,EUR,Center'),
        premium('r9', 'POL,FIRE,infinity,10.00,EUR,Center'),
        premium('r10', 'POL,FIRE,2003-01-15,"12,50",EUR,Center'),
        premium('r11', 'POL,FIRE,2003-01-15,abc,EUR,Center'),
        premium('r12', 'POL,FIRE,2003-01-15,1e100,EUR,Center'),
        premium('r13', `${long},FIRE,2003-01-15,10.00,EUR,Center`),
        premium('r14', 'POL,"FIRE,2003-01-15,10.00,EUR,Center'),
        premium('r15'),
      ].join('\n')),
      Buffer.from('\nr16,P\xfcL,FIRE,2003-01-15,10.00,EUR,Center\n', 'latin1'),
      Buffer.from('r17,P\0L,FIRE,2003-01-15,10.00,EUR,Center\n\nr18,POL,FIRE,2003-01-15,10.00,EUR,Center'),
    ]));
    expect(countsOf(outcome)).toEqual({ lines: 18, loaded: 3, unchanged: 0, corrected: 0, conflicts: 0, rejected: 15 });
    expect((await stored(session, 'r%')).map(([id, , , , , , , line]) => [id, line]))
      .toEqual([['r1', '2'], ['r15', '16'], ['r18', '20']]);
    const rest = 'POL,FIRE,2003-01-15,10.00,EUR,Center';
    expect(await kept(session, outcome.import_id)).toEqual([
      ['3', null, 'COLUMN_COUNT', '6 columns; 7 are expected', 'r2,POL,FIRE,2003-01-15,10.00,EUR'],
      ['4', null, 'COLUMN_COUNT', '8 columns; 7 are expected', `r3,${rest},more`],
      ['5', 'txn_id', 'ID_MISSING', 'the id is missing', `,${rest}`],
      ['6', 'txn_id', 'ID_FORM', "' r5' begins or ends with white space", ` r5,${rest}`],
      ['7', 'payment_date', 'DATE_FORM', "'15.01.2003' is no date; dates look like 2003-01-31", 'r6,POL,FIRE,15.01.2003,10.00,EUR,Center'],
      ['8', 'payment_date', 'DATE_FORM', "'2003-02-30' is no date; dates look like 2003-01-31", 'r7,POL,FIRE,2003-02-30,10.00,EUR,Center'],
      ['9', 'payment_date', 'DATE_MISSING', 'the date is missing', 'r8,POL,FIRE,,10.00,EUR,Center'],
      ['10', 'payment_date', 'DATE_FORM', "'infinity' is no date; dates look like 2003-01-31", 'r9,POL,FIRE,infinity,10.00,EUR,Center'],
      ['11', 'amount', 'AMOUNT_FORM', "'12,50' is no number; amounts look like 1234.50", 'r10,POL,FIRE,2003-01-15,"12,50",EUR,Center'],
      ['12', 'amount', 'AMOUNT_FORM', "'abc' is no number; amounts look like 1234.50", 'r11,POL,FIRE,2003-01-15,abc,EUR,Center'],
      ['13', 'amount', 'AMOUNT_FORM', "'1e100' is no number; amounts look like 1234.50", 'r12,POL,FIRE,2003-01-15,1e100,EUR,Center'],
      ['14', 'policy_number', 'TEXT_TOO_LONG', '201 characters; 200 are allowed', `r13,${long},FIRE,2003-01-15,10.00,EUR,Center`],
      ['15', null, 'QUOTE', 'a quote is not closed, or stands inside a column without quotes', 'r14,POL,"FIRE,2003-01-15,10.00,EUR,Center'],
      ['17', null, 'ENCODING', 'bytes that are no UTF-8 text, shown as U+FFFD', 'r16,P\uFFFDL,FIRE,2003-01-15,10.00,EUR,Center'],
      ['18', null, 'ENCODING', 'bytes that are no UTF-8 text, shown as U+FFFD', 'r17,P\uFFFDL,FIRE,2003-01-15,10.00,EUR,Center'],
    ]);
    expect(outcome.rejects).toHaveLength(10);
    expect(outcome.rejects[0]).toEqual({
      line: 3, column: null, rule: 'COLUMN_COUNT', reason: '6 columns; 7 are expected', raw: 'r2,POL,FIRE,2003-01-15,10.00,EUR',
    });
    const repeat = await importContent(session, 'other-name.csv', premiumHeader);
    expect(countsOf(repeat)).toMatchObject({ lines: 0, loaded: 0 });
  });

  test('that only pre-flight can judge are loaded as they are', async () => {
    const outcome = await importPremiums(session, 'odd.csv', [
      premium('o1', 'P,HOVERCRAFT,2003-01-15,NaN,XXX,Nowhere'), premium('o2', ',,2003-01-15,,,'),
      premium('o3', 'P,FIRE,2003-01-15,-0.12345678901234567890,EUR,Center'), premium('o4', 'P,FIRE,9999-12-31,1e3,EUR,Center'),
      premium('o5', 'P,FIRE,2003-01-15,Infinity,EUR,Center'), premium('o6', '"a ""b""\n\\c\td","é,€",2003-01-15,.5,EUR,Center'),
    ]);
    expect(countsOf(outcome)).toMatchObject({ lines: 6, loaded: 6, rejected: 0 });
    expect(await stored(session, 'o%')).toEqual([
      ['o1', 'P', 'HOVERCRAFT', '2003-01-15', 'NaN', 'XXX', 'Nowhere', '2'],
      ['o2', null, null, '2003-01-15', null, null, null, '3'],
      ['o3', 'P', 'FIRE', '2003-01-15', '-0.12345678901234567890', 'EUR', 'Center', '4'],
      ['o4', 'P', 'FIRE', '9999-12-31', '1000', 'EUR', 'Center', '5'],
      ['o5', 'P', 'FIRE', '2003-01-15', 'Infinity', 'EUR', 'Center', '6'],
      ['o6', 'a "b"\n\\c\td', 'é,€', '2003-01-15', '0.5', 'EUR', 'Center', '7'],
    ]);
  });

  test('whose id is here: the same content is unchanged, other content a conflict that is named', async () => {
    await importPremiums(session, 'first.csv', [premium('c1'), premium('c2'), premium('c3')]);
    const outcome = await importPremiums(session, 'second.csv', [
      premium('c1', 'POL,FIRE,2003-01-15,10.0,EUR,Center'),
      premium('c2', 'POL,FIRE,2003-01-16,11.00,EUR,'),
      premium('c4'), premium('c4'), premium('c4', 'POL,FIRE,2003-01-15,12.00,EUR,Center'),
    ]);
    expect(countsOf(outcome)).toEqual({ lines: 5, loaded: 1, unchanged: 2, corrected: 0, conflicts: 2, rejected: 2 });
    expect(await kept(session, outcome.import_id)).toEqual([
      ['3', 'payment_date, amount, cost_center', 'ID_CONFLICT',
        'txn_id c2 is here already, from line 3 of first.csv, with other content: payment_date here 2003-01-15, in the file '
        + '2003-01-16; amount here 10.00, in the file 11.00; cost_center here Center, in the file (missing)',
        'c2,POL,FIRE,2003-01-16,11.00,EUR,'],
      ['6', 'amount', 'ID_CONFLICT', 'txn_id c4 is here already, from line 4 of this file, with other content: amount here 10.00, '
        + 'in the file 12.00', 'c4,POL,FIRE,2003-01-15,12.00,EUR,Center'],
    ]);
    expect((await stored(session, 'c%')).map(([id, , , , amount]) => [id, amount]))
      .toEqual([['c1', '10.00'], ['c2', '10.00'], ['c3', '10.00'], ['c4', '10.00']]);
  });

  test('that upstream has written itself are compared like any other', async () => {
    await session.query(`insert into subledger.premium_transaction (txn_id, policy_number, product_code, payment_date, amount,
      currency, cost_center) values ('u1', 'POL', 'FIRE', '2003-01-15', 1, 'EUR', 'Center')`);
    const outcome = await importPremiums(session, 'up.csv', [premium('u1')]);
    expect(countsOf(outcome)).toMatchObject({ loaded: 0, conflicts: 1 });
    expect(outcome.rejects[0]?.reason).toBe(
      'txn_id u1 is here already, not from a file, with other content: amount here 1, in the file 10.00');
  });

  test('of a file that comes again: what was taken out since is loaded, and nothing else', async () => {
    const lines = [premium('d1'), premium('d2'), 'd3'];
    const first = await importPremiums(session, 'd.csv', lines);
    const repeat = await importPremiums(session, 'd-again.csv', lines);
    expect(repeat).toMatchObject({ is_repeat: true, import_id: first.import_id });
    expect(countsOf(repeat)).toEqual({ lines: 3, loaded: 0, unchanged: 2, corrected: 0, conflicts: 0, rejected: 1 });
    await session.query("delete from subledger.premium_transaction where txn_id = 'd1'");
    const third = await importPremiums(session, 'd.csv', lines);
    expect(third.is_repeat).toBe(false);
    expect(countsOf(third)).toEqual({ lines: 3, loaded: 1, unchanged: 1, corrected: 0, conflicts: 0, rejected: 1 });
  });

  test('stay the same file however it is packed or cut', async () => {
    const content = `${premiumHeader}\r\n${premium('g1')}\r\n${premium('g2', '"P",FIRE,2003-01-15,10.00,EUR,Center')}\r\n`;
    const first = await importContent(session, 'g.csv', content);
    const packed = await importContent(session, 'g.csv.gz', gzipSync(content), { pieceBytes: 1 });
    expect(packed).toMatchObject({ is_repeat: true, sha256: first.sha256, import_id: first.import_id });
    const twoMembers = Buffer.concat([gzipSync(content.slice(0, 100)), gzipSync(content.slice(100))]);
    expect(await importContent(session, 'g2.csv.gz', twoMembers)).toMatchObject({ is_repeat: true, sha256: first.sha256 });
    const marked = await importContent(session, 'bom.csv', `\uFEFF${content}`);
    expect(countsOf(marked)).toMatchObject({ lines: 2, loaded: 0, unchanged: 2 });
  });
});

describe('a file that is refused as a whole', () => {
  const database = useDatabase();
  const row = premium('x1');
  const cases: [string, string | Buffer, string, string][] = [
    ['empty', '', 'x.csv is empty.', 'It has not even a header line.'],
    ['no header', `${row}\n`, 'header', 'the first line is no header: x1, POL, FIRE, 2003-01-15, 10.00, EUR, Center'],
    ['claims for premiums', `${claimHeader}\n${row}`, 'header', 'missing: txn_id, payment_date; unknown: claim_id, claim_date'],
    ['a column missing', premiumHeader.replace(',currency', ''), 'header', 'missing: currency'],
    ['a column unknown', `${premiumHeader},note\n`, 'header', 'unknown: note'],
    ['a column twice', `${premiumHeader},amount\n`, 'header', 'more than once: amount'],
    ['another order', premiumHeader.replace('amount,currency', 'currency,amount'), 'header',
      'in another order: txn_id, policy_number, product_code, payment_date, currency, amount, cost_center'],
    ['UTF-16', Buffer.from(`\uFEFF${premiumHeader}\n`, 'utf16le'), 'x.csv is UTF-16', 'Its first bytes are the byte order mark of UTF-16.'],
    ['gzip cut off', gzipSync(`${premiumHeader}\n${`${row}\n`.repeat(9)}`).subarray(0, -9), 'x.csv is damaged',
      'Its gzip data cannot be read to the end: unexpected end of file.'],
    ['gzip with a wrong checksum', Buffer.concat([gzipSync(`${premiumHeader}\n${row}\n`).subarray(0, -8), Buffer.alloc(8)]),
      'x.csv is damaged', 'Its gzip data cannot be read to the end: incorrect data check.'],
  ];

  test.each(cases)('%s', async (_, content, message, detail) => {
    const session = await database.session();
    for (const pieceBytes of [1, 65_536]) {
      const error: unknown = await importContent(session, 'x.csv', content, { pieceBytes }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OperatorError);
      expect(error).toMatchObject({ detail, exitCode: exitCodes.validation });
      expect((error as OperatorError).message).toContain(message);
      expect((error as OperatorError).hint).toBeTruthy();
    }
    // The session goes on, and nothing was kept.
    expect(await one(session, 'select count(*) from subledger.import')).toBe('0');
    expect(await one(session, 'select count(*) from subledger.premium_transaction')).toBe('0');
  });

  test('a source that breaks off: nothing is loaded, and the file can come again', async () => {
    const session = await database.session();
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from(`${premiumHeader}\n${row}\n`);
      await Promise.reject(new Error('the connection was reset'));
    };
    const { Readable } = await import('node:stream');
    await expect(importFile(session, 'PREMIUM', { name: 'b.csv', stream: Readable.from(broken()) }))
      .rejects.toThrow('the connection was reset');
    const stop = new AbortController();
    await expect(importContent(session, 'b.csv', `${premiumHeader}\n${row}\n`, {
      signal: stop.signal, onProgress: () => stop.abort(),
    })).rejects.toThrow(/abort/);
    expect(await one(session, 'select count(*) from subledger.premium_transaction')).toBe('0');
    expect(countsOf(await importContent(session, 'b.csv', `${premiumHeader}\n${row}\n`))).toMatchObject({ loaded: 1 });
  });
});
