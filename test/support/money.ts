// Money of the tests, in bigint minor units: computed here, never by the code that is tested.

/** '12.3' with two decimals is 1230n. Throws for what is finer. */
export function toMinor(amount: string, decimals = 2): bigint {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount);
  if (!match) throw new Error(`no amount: ${amount}`);
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > decimals) throw new Error(`finer than ${decimals} decimals: ${amount}`);
  const units = BigInt(`${match[2] ?? ''}${fraction.padEnd(decimals, '0')}`);
  return match[1] === '-' ? -units : units;
}

/** The text of an amount with all its decimals. */
export function fromMinor(units: bigint, decimals = 2): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return `${units < 0n ? '-' : ''}${whole}${decimals > 0 ? `.${digits.slice(-decimals)}` : ''}`;
}

export const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
};

type Side = readonly (readonly [account: string, thousandths: bigint])[];
interface Entry {
  readonly code: string;
  readonly debit: Side;
  readonly credit: Side;
}

/** The entries of spec/accounting.md, shares in thousandths. */
export const specEntries: Readonly<Record<'PREMIUM' | 'CLAIM', readonly Entry[]>> = {
  PREMIUM: [
    { code: 'P1', debit: [['1110', 1000n]], credit: [['4410', 160n], ['5010', 840n]] },
    { code: 'P2', debit: [['6220', 21n], ['6210', 105n]], credit: [['4110', 126n]] },
    { code: 'P3', debit: [['5090', 168n]], credit: [['5290', 42n], ['4310', 126n]] },
  ],
  CLAIM: [
    { code: 'C1', debit: [['6020', 50n], ['6010', 950n]], credit: [['3310', 1000n]] },
    { code: 'C2', debit: [['3310', 1000n]], credit: [['4220', 50n], ['4210', 950n]] },
    { code: 'C3', debit: [['1550', 200n]], credit: [['6095', 10n], ['6090', 190n]] },
  ],
};

/** Half away from zero, of a positive number. */
const share = (units: bigint, thousandths: bigint): bigint => (units * thousandths * 2n + 1000n) / 2000n;

interface ExpectedLine {
  readonly account: string;
  readonly isDebit: boolean;
  readonly units: bigint;
}

/** The lines of an entry of a transaction; the sides of a refund are swapped. */
export function expectedLines(entry: Entry, units: bigint): ExpectedLine[] {
  const absolute = units < 0n ? -units : units;
  const side = (lines: Side, isDebit: boolean): ExpectedLine[] => {
    let before = 0n;
    return lines.map(([account, thousandths]) => {
      const from = share(absolute, before);
      before += thousandths;
      return { account, isDebit: isDebit === units >= 0n, units: share(absolute, before) - from };
    });
  };
  return [...side(entry.debit, true), ...side(entry.credit, false)];
}

export interface Total {
  debit: bigint;
  credit: bigint;
  lines: number;
}

/** Adds a transaction to totals by account. */
export function addExpected(totals: Map<string, Total>, source: 'PREMIUM' | 'CLAIM', units: bigint): void {
  for (const line of specEntries[source].flatMap((entry) => expectedLines(entry, units))) {
    const total = totals.get(line.account) ?? { debit: 0n, credit: 0n, lines: 0 };
    if (line.isDebit) total.debit += line.units;
    else total.credit += line.units;
    total.lines += 1;
    totals.set(line.account, total);
  }
}
