// Amounts by explicit marks, text to text: no digit goes through a float.

/** How a file writes amounts. */
export interface AmountStyle {
  readonly decimal: string;
  /** Between groups of three digits; undefined: there are none. */
  readonly thousands?: string | undefined;
  /** Signs that may stand before or after the number, and the currency that each means. */
  readonly currencySigns: Readonly<Record<string, string>>;
  /** The ways in which a negative amount may be written. */
  readonly negatives: readonly Negative[];
}

export const negatives = ['minus', 'trailing minus', 'parentheses'] as const;
type Negative = (typeof negatives)[number];

/** An amount as 1234.50, -0.08; the currency is that of its sign, where it has one. */
export interface Amount {
  readonly amount: string;
  readonly currency?: string;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** Takes the minus off, in one of the ways that are allowed: undefined where it isn't negative. */
function withoutMinus(text: string, ways: readonly Negative[]): string | undefined {
  if (ways.includes('minus') && text.startsWith('-')) return text.slice(1).trim();
  if (ways.includes('trailing minus') && text.endsWith('-')) return text.slice(0, -1).trim();
  return undefined;
}

/** Compiles a style; what it returns gives undefined for a text that is no amount in that style. */
export function compileAmount(style: AmountStyle): (text: string) => Amount | undefined {
  const decimal = escaped(style.decimal);
  const thousands = style.thousands === undefined ? undefined : escaped(style.thousands);
  const whole = thousands === undefined ? '\\d+' : `(?:\\d+|\\d{1,3}(?:${thousands}\\d{3})+)`;
  const number = new RegExp(`^(${whole})?(?:${decimal}(\\d+))?$`);
  // The longest first: US$ before $.
  const signs = Object.keys(style.currencySigns).sort((a, b) => b.length - a.length);

  return (text) => {
    let rest = text.trim();
    let isNegative = false;
    if (style.negatives.includes('parentheses') && rest.startsWith('(') && rest.endsWith(')')) {
      isNegative = true;
      rest = rest.slice(1, -1).trim();
    }
    const takeMinus = (): void => {
      const positive = isNegative ? undefined : withoutMinus(rest, style.negatives);
      if (positive === undefined) return;
      isNegative = true;
      rest = positive;
    };
    takeMinus();
    const sign = signs.find((each) => rest.startsWith(each) || rest.endsWith(each));
    if (sign !== undefined) {
      rest = rest.startsWith(sign) ? rest.slice(sign.length).trim() : rest.slice(0, -sign.length).trim();
      takeMinus();
    }
    const found = number.exec(rest);
    if (found === null || rest === '') return undefined;
    const digits = style.thousands === undefined ? found[1] : found[1]?.replaceAll(style.thousands, '');
    const amount = `${isNegative ? '-' : ''}${digits ?? '0'}${found[2] === undefined ? '' : `.${found[2]}`}`;
    const currency = sign === undefined ? undefined : style.currencySigns[sign];
    return { amount, ...(currency !== undefined && { currency }) };
  };
}
