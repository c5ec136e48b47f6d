import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectFolder } from '../../../../control/config.ts';
import { OperatorError } from '../../../../control/errors.ts';
import { parseMapping, readMapping } from '../../../../control/import/mapping/read-mapping.ts';

const whole = `{
  "schema": "monthend.mapping/1",
  "source": "claims",
  "header": ["No", "Day", "Sum"],
  "columns": {
    "claim_id": { "from": "No" },
    "claim_date": { "from": "Day", "dates": ["d/M/yyyy"] },
    "amount": { "from": "Sum" },
    "currency": { "constant": "EUR" }
  }
}`;

const problemOf = (text: string): OperatorError => {
  try {
    parseMapping('m.json', text);
  } catch (error) {
    if (error instanceof OperatorError) return error;
  }
  throw new Error('an OperatorError was expected');
};

test('a mapping has defaults for what it leaves out', () => {
  expect(parseMapping('m.json', `\uFEFF${whole}`)).toMatchObject({
    encoding: 'utf-8', delimiter: ',', headerLine: 1, missing: [], allowOtherColumns: false,
    skip: { linesAfterHeader: 0, blankRows: true, repeatedHeaders: true },
    columns: { amount: { decimal: '.', currencySigns: {}, negatives: ['minus'], required: false } },
  });
});

test.each<[string, string, string, string]>([
  ['an unknown field', '"from": "Sum"', '"from": "Sum", "decimals": 2', 'line 8, columns.amount.decimals: is no field of a mapping'],
  ['a column that the header lacks', '"from": "Sum"', '"from": "Total"', 'line 8, columns.amount.from: "Total" is not in header'],
  ['a date pattern', 'd/M/yyyy', 'd/d/yyyy', 'line 7, columns.claim_date.dates.0: the pattern must have one month'],
  ['two-digit years', 'd/M/yyyy', 'd/M/yy', 'line 7, columns.claim_date.dates.0: a year of two digits needs twoDigitYearsFrom, such as 1970 for 1970 to 2069'],
  ['a column of ours that is not there', '"claim_id": { "from": "No" },', '', 'line 5, columns.claim_id: Invalid input: expected object, received undefined'],
  ['columns of the other source', '"claim_id"', '"txn_id"', 'line 6, columns.txn_id: is no field of a mapping'],
  ['a constant id', '"from": "No"', '"constant": "1"', 'line 6, columns.claim_id.constant: an id is a row\'s own: no constant, default or otherwise'],
  ['two ways for one column', '"constant": "EUR"', '"constant": "EUR", "from": "No"', 'line 9, columns.currency: needs exactly one of from, constant, signOf'],
  ['no way for one column', '"constant": "EUR"', '"default": "EUR"', 'line 9, columns.currency: needs exactly one of from, constant, signOf'],
  ['signs that are not there', '"constant": "EUR"', '"signOf": "amount"', 'line 9, columns.currency.signOf: columns.amount has no currencySigns'],
  ['several columns without joinWith', '"from": "No"', '"from": ["No", "Day"]', 'line 6, columns.claim_id.from: several columns need joinWith, the text between them'],
  ['a key twice', '"claim_id"', '"amount": {}, "claim_id"', 'line 8, columns.amount: stands twice'],
  ['a header that names a column twice', '"Sum"]', '"Sum", "No"]', 'line 4, header.3: "No" stands twice'],
  ['the same mark twice', '"from": "Sum"', '"from": "Sum", "thousands": "."', 'line 8, columns.amount.thousands: the decimal and the thousands mark must differ'],
])('%s is named by line and field', (_, from, to, problem) => {
  const error = problemOf(whole.replace(from, to));
  expect(error.message).toBe('m.json is no mapping; nothing was imported.');
  expect(error.detail?.split('\n').map((line) => line.trim())).toContain(problem);
  expect(error.exitCode).toBe(2);
});

test('broken JSON is named with its place', () => {
  expect(problemOf(whole.replace('"claims",', '"claims"')).detail).toMatch(/line 4/);
});

test('the mappings that come with the project are mappings', async () => {
  const folder = join(projectFolder, 'data/mappings');
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  expect(names).toEqual(['tsa-claims-2007-2009.json', 'tsa-claims-2014.json', 'tsa-claims-2015.json']);
  for (const name of names) expect((await readMapping(join(folder, name))).about).toBeTruthy();
});

test('a mapping that is not there', async () => {
  await expect(readMapping('/nowhere/m.json')).rejects.toMatchObject({ exitCode: 2, message: '/nowhere/m.json cannot be read; nothing was done with it.' });
});
