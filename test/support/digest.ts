import { createHash } from 'node:crypto';
import type pg from 'pg';

// The seal of a batch, made anew from what readers see, by the description of the format alone:
// docs/ledger.md, tree of RFC 6962 section 2.1.

const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Root of an RFC 6962 tree over leaf hashes: split at the largest power of two below the size. */
function merkleTreeHash(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256('');
  if (leaves.length === 1) return first;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Buffer.of(1), merkleTreeHash(leaves.slice(0, split)), merkleTreeHash(leaves.slice(split)));
}

interface HeaderRow {
  je_id: string;
  je_date: string;
  origin_date: string;
  reference_type: string;
  reference_id: string;
  entry_code: string;
  rule_version: number;
  currency: string;
  product_code: string;
  cost_center: string;
}
interface LineRow {
  je_id: string;
  account_code: string;
  is_debit: boolean;
  amount: string;
}

interface Entry {
  readonly number: number;
  readonly head: string;
  readonly pattern: string;
  readonly amounts: string;
}

const blockEntries = 256;

/** Entries in the order of their numbers, parted where the head changes or a number is left out. */
function transactionsOf(entries: readonly Entry[]): Entry[][] {
  const transactions: Entry[][] = [];
  for (const entry of entries) {
    const last = transactions.at(-1)?.at(-1);
    if (last?.head === entry.head && last.number + 1 === entry.number) transactions.at(-1)?.push(entry);
    else transactions.push([entry]);
  }
  return transactions;
}

/** The digest of a published batch, in hex, from the rows of the two views; in the format before, each entry has a line. */
export async function digestFromViews(
  reader: pg.Client, batchId: string, ledger = 1, format: 'monthend-block/1' | 'monthend-entry/1' = 'monthend-block/1',
): Promise<string> {
  const where = 'where batch_id = $1 and ledger_id = $2';
  const headers = await reader.query<HeaderRow>(
    `select je_id, je_date, origin_date, reference_type, reference_id, entry_code, rule_version, currency,
            product_code, cost_center
       from ledger.journal_entry_header ${where} order by je_id`, [batchId, ledger]);
  const lines = await reader.query<LineRow>(
    `select je_id, account_code, is_debit, amount
       from ledger.journal_entry_line ${where} order by je_id, line_no`, [batchId, ledger]);
  const context = await reader.query<{ code: string; period: string }>(
    'select l.code, b.period from ledger.batch b join books.ledger l using (ledger_id) where b.batch_id = $1 and b.ledger_id = $2',
    [batchId, ledger]);
  const { code, period } = context.rows[0] ?? { code: '', period: '' };
  const linesOf = Map.groupBy(lines.rows, (line) => line.je_id);
  const entries = headers.rows.map((header) => {
    const own = linesOf.get(header.je_id) ?? [];
    return {
      number: Number(BigInt(header.je_id) % 10_000_000_000n),
      head: [
        header.je_date,
        header.origin_date === header.je_date ? '' : header.origin_date,
        header.reference_type,
        `${Buffer.byteLength(header.reference_id)}:${header.reference_id}`,
        header.currency,
        `${Buffer.byteLength(header.product_code)}:${header.product_code}`,
        `${Buffer.byteLength(header.cost_center)}:${header.cost_center}`,
        header.rule_version,
      ].join('|'),
      pattern: `${header.entry_code}|${own.map((line) => line.account_code + (line.is_debit ? 'D' : 'C')).join(',')}`,
      amounts: own.map((line) => line.amount).join(','),
    };
  });
  const first = entries[0]?.number ?? 0;
  const blockOf = ({ number }: Entry): number => Math.floor((number - first) / blockEntries);
  const linesOfBlocks: string[][] = [];
  for (const transaction of transactionsOf(entries)) {
    const isWhole = format === 'monthend-block/1' && new Set(transaction.map(blockOf)).size === 1;
    for (const line of isWhole ? [transaction] : transaction.map((entry) => [entry])) {
      const [start] = line;
      if (start === undefined) continue;
      (linesOfBlocks[blockOf(start)] ??= []).push([
        start.number, start.head, ...line.map(({ pattern }) => pattern), line.map(({ amounts }) => amounts).join(','),
      ].join('|'));
    }
  }
  const blocks = linesOfBlocks.map((block) =>
    sha256(Buffer.of(0), `${format}\n${code}\n${period}\n`, block.join('\n')));
  return merkleTreeHash(blocks).toString('hex');
}
