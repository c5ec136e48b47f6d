import { describe, expect, test } from 'vitest';
import { createSplitter, type CsvRecord, longestRecordBytes } from '../../../control/import/records.ts';

/** Cuts a content that comes in pieces of a size. */
function split(content: string | Buffer, pieceBytes: number): CsvRecord[] {
  const bytes = Buffer.from(content as string);
  const splitter = createSplitter(3, 2);
  const records: CsvRecord[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) records.push(...splitter.push(bytes.subarray(at, at + pieceBytes)));
  return [...records, ...splitter.end()];
}

/** Line, then the columns or what is wrong. */
const seen = (records: readonly CsvRecord[]): unknown[] =>
  records.map(({ line, fields, defect }) => [line, defect ?? fields]);

const cases: [string, string | Buffer, unknown[]][] = [
  ['nothing', '', []],
  ['plain rows', 'a,b,c\nd,e,f\n', [[2, ['a', 'b', 'c']], [3, ['d', 'e', 'f']]]],
  ['a last line without its end', 'a,b,c\nd,e,f', [[2, ['a', 'b', 'c']], [3, ['d', 'e', 'f']]]],
  ['CRLF, mixed with LF', 'a,b,c\r\nd,e,f\n"g",h,"i"\r\n', [[2, ['a', 'b', 'c']], [3, ['d', 'e', 'f']], [4, ['g', 'h', 'i']]]],
  ['empty lines, which are counted and are no rows', '\na,b,c\n\r\n\nd,e,f\n\n', [[3, ['a', 'b', 'c']], [6, ['d', 'e', 'f']]]],
  ['empty columns', ',,\n"",,""\n', [[2, ['', '', '']], [3, ['', '', '']]]],
  ['quotes, commas and line breaks within quotes',
    '"a ""x""","b,b","c\nc\r\nc"\nd,e,f\n', [[2, ['a "x"', 'b,b', 'c\nc\r\nc']], [5, ['d', 'e', 'f']]]],
  ['columns too few and too many, which are for the database to judge', 'a,b\na,b,c,d\n"a"\n',
    [[2, ['a', 'b']], [3, ['a', 'b', 'c', 'd']], [4, ['a']]]],
  ['a quote that is never closed costs its own line only', 'a,"b,c\nd,e,f\ng,h,i\n',
    [[2, 'QUOTE'], [3, ['d', 'e', 'f']], [4, ['g', 'h', 'i']]]],
  ['a stray quote does not swallow the rows up to the next one', 'a,"b,c\nd,e,f\ng,"h",i\nj,k,l',
    [[2, 'QUOTE'], [3, ['d', 'e', 'f']], [4, ['g', 'h', 'i']], [5, ['j', 'k', 'l']]]],
  ['a quote inside a column, and text after a closing quote', 'a,5"b,c\n"a"x,b,c\nd,e,f\n',
    [[2, 'QUOTE'], [3, 'QUOTE'], [4, ['d', 'e', 'f']]]],
  ['a quote open at the end', 'a,b,c\nd,e,"', [[2, ['a', 'b', 'c']], [3, 'QUOTE']]],
  ['bytes that are no UTF-8, and NUL', Buffer.from('a,b\xe9,c\na,b\0,c\n"\xff",b,c\nd,e,f\n', 'latin1'),
    [[2, 'ENCODING'], [3, 'ENCODING'], [4, 'ENCODING'], [5, ['d', 'e', 'f']]]],
  ['UTF-8 beyond ASCII, bytes kept', 'é,€,😀\n', [[2, ['é', '€', '😀'].map((text) => Buffer.from(text).toString('latin1'))]]],
  ['a carriage return, a tab and a backslash within a column', 'a\rb,c\td,e\\f\n', [[2, ['a\rb', 'c\td', 'e\\f']]]],
];

describe('a CSV stream', () => {
  test.each(cases)('%s', (_, content, expected) => {
    expect(seen(split(content, 1_000_000))).toEqual(expected);
    // Wherever the pieces are cut, the records are the same.
    for (const pieceBytes of [1, 2, 3, 5, 7]) expect(seen(split(content, pieceBytes))).toEqual(expected);
  });

  test('gives back lines as they came where columns joined by commas are not it', () => {
    const raws = split('"a",b,c\nd,e,f\ng,"h\n', 1000).map(({ raw }) => raw);
    expect(raws).toEqual(['"a",b,c', undefined, 'g,"h']);
  });

  test.each([1000, 65_536, 10_000_000])('a line longer than any row is cut off, in pieces of %i', (pieceBytes) => {
    const long = 'x'.repeat(longestRecordBytes * 20);
    const records = split(`a,b,c\n${long}\nd,e,f\n"${long}\n"g",h,i\n${long}`, pieceBytes);
    expect(seen(records)).toEqual([
      [2, ['a', 'b', 'c']], [3, 'LINE_TOO_LONG'], [4, ['d', 'e', 'f']], [5, 'LINE_TOO_LONG'], [6, ['g', 'h', 'i']],
      [7, 'LINE_TOO_LONG'],
    ]);
    expect(Math.max(...records.map(({ raw }) => raw?.length ?? 0))).toBe(longestRecordBytes);
  });

  test('a quote that stays open over many lines gives each of them back', () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `${at},e,f`);
    const records = split(`"a,b,c\n${lines.join('\n')}\n`, 65_536);
    expect(seen(records.slice(0, 2))).toEqual([[2, 'QUOTE'], [3, ['0', 'e', 'f']]]);
    expect(records).toHaveLength(5001);
    expect(records.at(-1)).toMatchObject({ line: 5002, fields: ['4999', 'e', 'f'] });
  });
});
