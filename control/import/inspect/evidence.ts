import { compileAmount } from '../mapping/amounts.ts';
import { compileDatePattern } from '../mapping/date-patterns.ts';

// What the values of a column say about it, in memory that doesn't grow with the file.

const distinctLimit = 100_000;
const marks = new Set(['-', '--', 'N/A', 'n/a', 'NA', '#N/A', 'NULL', 'null', 'None', 'none', '.', '?']);

export const currencySigns: Readonly<Record<string, string>> = {
  $: 'USD', US$: 'USD', '€': 'EUR', '£': 'GBP', '¥': 'JPY', EUR: 'EUR', USD: 'USD', GBP: 'GBP', CHF: 'CHF',
};

const twins: readonly [string, string][] = [
  ['d/M/yyyy', 'M/d/yyyy'], ['d-M-yyyy', 'M-d-yyyy'], ['d.M.yyyy', 'M.d.yyyy'],
  ['d/M/yy', 'M/d/yy'], ['d-M-yy', 'M-d-yy'], ['d.M.yy', 'M.d.yy'],
];
const singles = [
  'yyyy-MM-dd', 'yyyy-MM-dd HH:mm:ss', 'yyyy-MM-dd HH:mm', "yyyy-MM-dd'T'HH:mm:ss", 'yyyy/MM/dd', 'yyyyMMdd',
  'd-MMM-yy', 'd-MMM-yyyy', 'd MMM yyyy', 'd-MMM-yyyy HH:mm',
];
const compiled = (pattern: string) => compileDatePattern(pattern, 1970);
const twinPatterns = twins.map((pair) => pair.map(compiled));
const singlePatterns = singles.map(compiled);

const styles = [
  { decimal: '.', thousands: ',' }, { decimal: ',', thousands: '.' }, { decimal: ',', thousands: ' ' }, { decimal: '.', thousands: '\'' },
] as const;
const parsers = styles.map((style) => compileAmount({ ...style, currencySigns, negatives: ['minus', 'trailing minus', 'parentheses'] }));

/** How the values of a column read as dates. */
interface DateEvidence {
  readonly patterns: readonly string[];
  readonly fits: number;
  /** What has to be decided by whoever knows the file. */
  readonly note?: string;
}

interface AmountEvidence {
  readonly decimal: '.' | ',';
  readonly thousands: ',' | '.' | ' ' | '\'';
  readonly fits: number;
  readonly signs: readonly string[];
  readonly hasDecimals: boolean;
  readonly isAmbiguous: boolean;
}

export interface ColumnEvidence {
  readonly name: string;
  readonly add: (text: string) => void;
  readonly filled: () => number;
  readonly marks: () => readonly string[];
  /** Whether every value stood once; undefined where there were too many to know. */
  readonly isUnique: () => boolean | undefined;
  readonly distinct: () => readonly string[];
  readonly currencies: () => number;
  readonly dates: () => DateEvidence;
  readonly amounts: () => AmountEvidence;
}

interface Twin { firstOnly: number; secondOnly: number; both: number; differ: number }

function twinNote(name: string, [first, second]: readonly [string, string], { firstOnly, secondOnly }: Twin): string {
  return firstOnly === 0
    ? `${name}: every value is a date both by ${first} and by ${second}; the file doesn't tell which. Strike out the wrong one: until then rows that differ are kept aside`
    : `${name}: ${firstOnly} values are dates by ${first} only and ${secondOnly} by ${second} only; values that both take are kept aside`;
}

/** Collects what is to be known of a column. */
export function columnEvidence(name: string): ColumnEvidence {
  const seenMarks = new Set<string>();
  const values = new Set<string>();
  const signs = new Set<string>();
  const twinCounts: Twin[] = twins.map(() => ({ firstOnly: 0, secondOnly: 0, both: 0, differ: 0 }));
  const singleCounts = singles.map(() => 0);
  const styleCounts = styles.map(() => 0);
  let [filled, currencies, decimals, twice, differing] = [0, 0, 0, 0, 0];

  function addDate(text: string): void {
    twinPatterns.forEach(([first, second], at) => {
      const [a, b, counts] = [first?.parse(text), second?.parse(text), twinCounts[at]];
      if (counts === undefined) return;
      if (a !== undefined && b !== undefined) {
        counts.both += 1;
        if (a !== b) counts.differ += 1;
      } else if (a !== undefined) counts.firstOnly += 1;
      else if (b !== undefined) counts.secondOnly += 1;
    });
    singlePatterns.forEach(({ parse }, at) => {
      if (parse(text) !== undefined) singleCounts[at] = (singleCounts[at] ?? 0) + 1;
    });
  }
  function addAmount(text: string): void {
    const read = parsers.map((parse) => parse(text));
    read.forEach((amount, at) => {
      if (amount !== undefined) styleCounts[at] = (styleCounts[at] ?? 0) + 1;
    });
    if (read[0] !== undefined && read[1] !== undefined && read[0].amount !== read[1].amount) differing += 1;
    if (read.some((amount) => amount?.currency !== undefined)) {
      const sign = Object.keys(currencySigns).sort((a, b) => b.length - a.length).find((each) => text.includes(each));
      if (sign !== undefined) signs.add(sign);
    }
    if (/[.,]\d/.test(text)) decimals += 1;
  }

  return {
    name,
    add(text) {
      if (text === '') return;
      if (marks.has(text)) {
        seenMarks.add(text);
        return;
      }
      filled += 1;
      if (values.has(text)) twice += 1;
      else if (values.size < distinctLimit) values.add(text);
      if (/^[A-Z]{3}$/.test(text)) currencies += 1;
      if (!/\d/.test(text) || text.length > 40) return;
      addDate(text);
      addAmount(text);
    },
    filled: () => filled,
    marks: () => [...seenMarks],
    isUnique: () => (twice > 0 ? false : values.size < distinctLimit ? filled > 0 : undefined),
    distinct: () => [...values],
    currencies: () => currencies,
    dates() {
      const found: { patterns: string[]; fits: number; note?: string }[] = singles
        .map((pattern, at) => ({ patterns: [pattern], fits: singleCounts[at] ?? 0 }));
      twins.forEach((pair, at) => {
        const counts = twinCounts[at] ?? { firstOnly: 0, secondOnly: 0, both: 0, differ: 0 };
        const { firstOnly, secondOnly, both, differ } = counts;
        const fits = firstOnly + secondOnly + both;
        const isOpen = (firstOnly > 0) === (secondOnly > 0) && (firstOnly > 0 || differ > 0);
        if (isOpen) found.push({ patterns: [...pair], fits, note: twinNote(name, pair, counts) });
        else found.push({ patterns: [secondOnly > 0 ? pair[1] : pair[0]], fits });
      });
      const used = found.filter(({ fits }) => fits > 0).toSorted((a, b) => b.fits - a.fits);
      const notes = used.flatMap(({ note }) => (note === undefined ? [] : [note]));
      return {
        patterns: used.flatMap(({ patterns }) => patterns),
        fits: Math.min(filled, used.reduce((total, { fits }) => total + fits, 0)),
        ...(notes.length > 0 && { note: notes.join('; ') }),
      };
    },
    amounts() {
      const best = styleCounts.indexOf(Math.max(...styleCounts));
      const { decimal, thousands } = styles[best] ?? styles[0];
      return {
        decimal, thousands, fits: styleCounts[best] ?? 0, signs: [...signs], hasDecimals: decimals > 0,
        isAmbiguous: differing > 0 && styleCounts[0] === styleCounts[1],
      };
    },
  };
}
