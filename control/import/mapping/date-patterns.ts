// Dates by explicit patterns. A text is a date when all of it fits a pattern and the day exists;
// nothing is guessed: neither the order of day and month nor the century.

/** A calendar day as 2003-01-31. */
type Day = string;

interface Token {
  readonly source: string;
  readonly part?: 'year' | 'shortYear' | 'month' | 'monthName' | 'day';
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

// One and two letters differ as in Unicode's date patterns: `d` takes 7, 07 and 17, `dd` takes 07 and 17.
const tokens: Readonly<Record<string, Token>> = {
  yyyy: { source: '(\\d{4})', part: 'year' },
  yy: { source: '(\\d{2})', part: 'shortYear' },
  MMM: { source: '([A-Za-z]{3})', part: 'monthName' },
  MM: { source: '(\\d{2})', part: 'month' },
  M: { source: '(\\d{1,2})', part: 'month' },
  dd: { source: '(\\d{2})', part: 'day' },
  d: { source: '(\\d{1,2})', part: 'day' },
  HH: { source: '(?:[01]\\d|2[0-3])' },
  H: { source: '(?:1?\\d|2[0-3]|0\\d)' },
  mm: { source: '[0-5]\\d' },
  ss: { source: '[0-5]\\d' },
};

interface DatePattern {
  readonly pattern: string;
  /** The day that a text names; undefined: the text is none of this pattern. The time of day is dropped. */
  readonly parse: (text: string) => Day | undefined;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function dayOf(year: number, month: number, day: number): Day | undefined {
  if (year < 1 || month < 1 || month > 12) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const digits = (value: number, width: number): string => String(value).padStart(width, '0');
  return exists ? `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}` : undefined;
}

/** Whether a pattern has a year of two digits, which needs to be told its century. */
export const hasShortYear = (pattern: string): boolean => /(^|[^y])yy([^y]|$)/.test(pattern);

/**
 * Compiles a pattern such as `d-MMM-yy`. `twoDigitYearsFrom`: the first year that `yy` can mean, 1970
 * for 1970 to 2069. Throws an Error that says what is wrong with the pattern.
 */
export function compileDatePattern(pattern: string, twoDigitYearsFrom?: number): DatePattern {
  const parts: NonNullable<Token['part']>[] = [];
  let source = '';
  for (const piece of pattern.match(/'[^']*'|([A-Za-z])\1*|[^]/g) ?? []) {
    const token = tokens[piece];
    if (token !== undefined) {
      source += token.source;
      if (token.part !== undefined) parts.push(token.part);
    } else if (/^[A-Za-z]/.test(piece)) {
      throw new Error(`${piece} is no part of a date pattern; known are ${Object.keys(tokens).join(', ')}, and 'text' in quotes`);
    } else {
      source += escaped(piece.length > 1 ? piece.slice(1, -1) : piece);
    }
  }
  const kinds = parts.map((part) => (part === 'shortYear' ? 'year' : part === 'monthName' ? 'month' : part));
  for (const kind of ['year', 'month', 'day']) {
    if (kinds.filter((each) => each === kind).length !== 1) throw new Error(`the pattern must have one ${kind}`);
  }
  if (parts.includes('shortYear') && twoDigitYearsFrom === undefined) {
    throw new Error('a year of two digits needs twoDigitYearsFrom, such as 1970 for 1970 to 2069');
  }
  const expression = new RegExp(`^${source}$`);
  return {
    pattern,
    parse(text) {
      const found = expression.exec(text);
      if (found === null) return undefined;
      let [year, month, day] = [0, 0, 0];
      parts.forEach((part, at) => {
        const value = found[at + 1] ?? '';
        if (part === 'year') year = Number(value);
        else if (part === 'month') month = Number(value);
        else if (part === 'monthName') month = monthNames.indexOf(value.toLowerCase()) + 1;
        else if (part === 'day') day = Number(value);
        else {
          const from = twoDigitYearsFrom ?? 0;
          year = from + ((Number(value) - from) % 100 + 100) % 100;
        }
      });
      return dayOf(year, month, day);
    },
  };
}

/** What a text is by a list of patterns. */
type DateReading =
  | { readonly day: Day }
  | { readonly problem: 'none' }
  | { readonly problem: 'ambiguous'; readonly readings: readonly string[] };

/** Reads a date by the first pattern that takes it; ambiguous where another takes it for another day. */
export function readDate(text: string, patterns: readonly DatePattern[]): DateReading {
  const found = patterns.flatMap(({ pattern, parse }) => {
    const day = parse(text);
    return day === undefined ? [] : [{ pattern, day }];
  });
  const [first] = found;
  if (first === undefined) return { problem: 'none' };
  if (found.every(({ day }) => day === first.day)) return { day: first.day };
  return { problem: 'ambiguous', readings: found.map(({ pattern, day }) => `${day} by ${pattern}`) };
}
