import { describe, expect, test } from 'vitest';
import { type AmountStyle, compileAmount } from '../../../../control/import/mapping/amounts.ts';

const us: AmountStyle = { decimal: '.', thousands: ',', currencySigns: { $: 'USD', US$: 'USD', '€': 'EUR' }, negatives: ['minus', 'parentheses'] };
const german: AmountStyle = { decimal: ',', thousands: '.', currencySigns: { '€': 'EUR', EUR: 'EUR' }, negatives: ['minus', 'trailing minus'] };
const plain: AmountStyle = { decimal: '.', currencySigns: {}, negatives: ['minus'] };
const refused = undefined;

describe.each<[string, AmountStyle, [string, string | undefined, string?][]]>([
  ['US style', us, [
    ['$1,234.00 ', '1234.00', 'USD'], ['1234', '1234'], ['0', '0'], ['.5', '0.5'], ['$.08', '0.08', 'USD'],
    ['1,234,567.89', '1234567.89'], ['1234567.89', '1234567.89'], ['-$5.00', '-5.00', 'USD'], ['$-5.00', '-5.00', 'USD'],
    ['($5.00)', '-5.00', 'USD'], ['$(5.00)', refused], ['US$ 7', '7', 'USD'], ['7 €', '7', 'EUR'],
    ['9007199254740993.01', '9007199254740993.01'], ['3,000,000,000,000.10', '3000000000000.10'], ['0.10', '0.10'],
    ['12,34.00', refused], ['1,2345', refused], [',123', refused], ['1,234,5', refused], ['1.234,00', refused], ['5.', refused],
    ['.', refused], ['', refused], ['-', refused], ['$', refused], ['$$5', refused], ['--5', refused], ['(-5)', refused], ['-(5)', refused],
    ['(5', refused], ['5-', refused], ['1e3', refused], ['NaN', refused], ['Infinity', refused], ['£5', refused], ['1 234', refused],
    ['0x10', refused], ['１', refused],
  ]],
  ['German style', german, [
    ['1.234,56', '1234.56'], ['1234,56 €', '1234.56', 'EUR'], ['EUR 1.234,56-', '-1234.56', 'EUR'], ['-0,08', '-0.08'],
    ['1,234.56', refused], ['1.23', refused], ['1.234', '1234'], ['(5,00)', refused],
  ]],
  ['plain', plain, [
    ['319.73', '319.73'], ['1995', '1995'], ['1,995', refused], ['$5', refused], ['-12.50', '-12.50'], ['+5', refused],
  ]],
])('%s', (_, style, cases) => {
  test.each(cases)('%s is %s', (text, amount, currency) => {
    expect(compileAmount(style)(text)).toEqual(amount === undefined ? undefined : { amount, ...(currency && { currency }) });
  });
});
