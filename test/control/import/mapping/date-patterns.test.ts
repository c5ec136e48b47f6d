import { expect, test } from 'vitest';
import { compileDatePattern, readDate } from '../../../../control/import/mapping/date-patterns.ts';

test.each<[string, string, string | undefined]>([
  ['yyyy-MM-dd', '2003-01-31', '2003-01-31'],
  ['yyyy-MM-dd', '2003-1-31', undefined],
  ['yyyy-MM-dd', '2003-02-30', undefined],
  ['yyyy-MM-dd', '2003-02-29', undefined],
  ['yyyy-MM-dd', '2004-02-29', '2004-02-29'],
  ['yyyy-MM-dd', '1900-02-29', undefined],
  ['yyyy-MM-dd', '2003-13-01', undefined],
  ['yyyy-MM-dd', '2003-00-01', undefined],
  ['yyyy-MM-dd', '2003-01-00', undefined],
  ['yyyy-MM-dd', '0000-01-01', undefined],
  ['yyyy-MM-dd', '0002-01-05', '0002-01-05'],
  ['yyyy-MM-dd', '2003-01-31 ', undefined],
  ['yyyy-MM-dd', 'x2003-01-31', undefined],
  ['yyyy-MM-dd', '2003-01-31T00:00:00', undefined],
  ["yyyy-MM-dd'T'HH:mm:ss", '2003-01-31T23:59:59', '2003-01-31'],
  ['yyyy-MM-dd HH:mm:ss', '2003-01-31 24:00:00', undefined],
  ['yyyy-MM-dd HH:mm:ss', '2003-01-31 09:60:00', undefined],
  ['yyyy-MM-dd H:mm', '2003-01-31 9:05', '2003-01-31'],
  ['d-MMM-yy', '7-Jan-14', '2014-01-07'],
  ['d-MMM-yy', '07-JAN-14', '2014-01-07'],
  ['d-MMM-yy', '31-Dec-69', '2069-12-31'],
  ['d-MMM-yy', '1-Jan-70', '1970-01-01'],
  ['d-MMM-yy', '7-Jab-14', undefined],
  ['d-MMM-yy', '7-January-14', undefined],
  ['d-MMM-yy', '7-Jan-2014', undefined],
  ['dd-MMM-yy', '7-Jan-14', undefined],
  ['M/d/yyyy', '1/31/2003', '2003-01-31'],
  ['M/d/yyyy', '31/1/2003', undefined],
  ['d/M/yyyy', '31/1/2003', '2003-01-31'],
  ['M/d/yyyy', '01/02/2003', '2003-01-02'],
  ['d/M/yyyy', '01/02/2003', '2003-02-01'],
  ['dd.MM.yyyy', '31.01.2003', '2003-01-31'],
  ['dd.MM.yyyy', '31x01x2003', undefined],
  ['yyyyMMdd', '20030131', '2003-01-31'],
  ['yyyyMMdd', '2003131', undefined],
])('%s reads %s as %s', (pattern, text, day) => {
  expect(compileDatePattern(pattern, 1970).parse(text)).toBe(day);
});

test('the century of a year of two digits is what the mapping says', () => {
  expect(compileDatePattern('d/M/yy', 2000).parse('1/1/99')).toBe('2099-01-01');
  expect(compileDatePattern('d/M/yy', 1950).parse('1/1/49')).toBe('2049-01-01');
  expect(() => compileDatePattern('d/M/yy')).toThrow('a year of two digits needs twoDigitYearsFrom');
});

test.each([
  ['dd/mm/yyyy', 'the pattern must have one month'],
  ['yyyy-MM', 'the pattern must have one day'],
  ['yyyy-MM-dd d', 'the pattern must have one day'],
  ['YYYY-MM-DD', 'YYYY is no part of a date pattern'],
  ['yyy-MM-dd', 'yyy is no part of a date pattern'],
])('%s is refused: %s', (pattern, message) => {
  expect(() => compileDatePattern(pattern)).toThrow(message);
});

test('what two patterns read as different days is ambiguous; as the same day it is not', () => {
  const patterns = ['d/M/yyyy', 'M/d/yyyy'].map((pattern) => compileDatePattern(pattern));
  expect(readDate('1/2/2003', patterns)).toEqual({
    problem: 'ambiguous', readings: ['2003-02-01 by d/M/yyyy', '2003-01-02 by M/d/yyyy'] });
  expect(readDate('2/2/2003', patterns)).toEqual({ day: '2003-02-02' });
  expect(readDate('1/31/2003', patterns)).toEqual({ day: '2003-01-31' });
  expect(readDate('32/32/2003', patterns)).toEqual({ problem: 'none' });
});
