import type pg from 'pg';
import type { Place } from './place.ts';

export interface Floor {
  readonly seconds: number;
  readonly copySeconds: number;
  readonly indexSeconds: number;
  readonly walBytes: number;
  readonly headers: number;
  readonly lines: number;
}

interface Table {
  readonly name: string;
  readonly copy: string;
  readonly blocks: number;
  readonly isHeader: boolean;
}

// As run_leaf_task builds them, longest first.
const indexes = [
  { onHeader: false, unique: true, columns: 'je_id, line_no, je_date' },
  { onHeader: true, unique: false, columns: 'reference_type, reference_id' },
  { onHeader: true, unique: true, columns: 'je_id, je_date' },
  { onHeader: true, unique: false, columns: 'je_date' },
];

/** Tables of the batch's leaves, and new ones of the same shape, constraints included, for the copies. */
async function makeCopies(session: pg.Client, batchId: string): Promise<Table[]> {
  const { rows } = await session.query<{ name: string; blocks: string; is_header: boolean }>(
    `select t.name, pg_relation_size(format('ledger_data.%I', t.name)::regclass)
              / current_setting('block_size')::integer as blocks, t.is_header
       from month_end.leaf l
       join month_end.staging_month_end_master m using (batch_no)
      cross join lateral (values (l.header_table, true), (l.line_table, false)) t(name, is_header)
      where m.batch_id = $1
      order by l.leaf_no, t.is_header desc`, [batchId]);
  await session.query('create schema floor');
  const tables = rows.map((row) => ({
    name: `ledger_data.${row.name}`, copy: `floor.${row.name}`, blocks: Number(row.blocks), isHeader: row.is_header,
  }));
  for (const { name, copy } of tables) {
    await session.query(`create table ${copy} (like ${name} including constraints) with (autovacuum_enabled = false)`);
  }
  return tables;
}

/** A session's part: a contiguous range of the pages of each table, which is the cheapest way to read. */
async function copyPart(session: pg.Client, tables: readonly Table[], part: number, parts: number): Promise<void> {
  for (const { name, copy, blocks } of tables) {
    const first = Math.floor((blocks * part) / parts);
    const end = Math.floor((blocks * (part + 1)) / parts);
    await session.query(
      `insert into ${copy} select * from ${name} where ctid >= '(${first},0)'::tid and ctid < '(${end},0)'::tid`);
  }
}

async function countRows(session: pg.Client, tables: readonly Table[], ofHeaders: boolean): Promise<number> {
  const counted = tables.filter((table) => table.isHeader === ofHeaders)
    .map((table) => `select count(*) as n from ${table.copy}`).join(' union all ');
  const { rows } = await session.query<{ n: string }>(`select sum(n) as n from (${counted}) x`);
  return Number(rows[0]?.n);
}

/**
 * The write floor of a finished batch: its physical rows copied by plain INSERT … SELECT into tables of
 * the same shape, then the same indexes, in as many sessions side by side as the close had.
 */
export async function measureFloor(place: Place, database: string, batchId: string, count: number): Promise<Floor> {
  const sessions = await Promise.all(Array.from({ length: count }, () => place.session(database)));
  const [first] = sessions;
  if (first === undefined) throw new Error('a floor needs a session');
  try {
    for (const session of sessions) await session.query("set maintenance_work_mem = '1GB'");
    const tables = await makeCopies(first, batchId);
    const tasks = indexes.flatMap((index) =>
      tables.filter((table) => table.isHeader === index.onHeader)
        .map(({ copy }) => `create ${index.unique ? 'unique ' : ''}index on ${copy} (${index.columns})`));
    await first.query('checkpoint');
    const walBefore = await walPosition(first);

    const begin = performance.now();
    await Promise.all(sessions.map((session, part) => copyPart(session, tables, part, count)));
    const copied = performance.now();
    await Promise.all(sessions.map(async (session) => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await session.query(task);
    }));
    const end = performance.now();

    return {
      seconds: (end - begin) / 1000, copySeconds: (copied - begin) / 1000, indexSeconds: (end - copied) / 1000,
      walBytes: (await walPosition(first)) - walBefore,
      headers: await countRows(first, tables, true), lines: await countRows(first, tables, false),
    };
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
  }
}

/** Bytes of WAL that the server has ever written. */
export async function walPosition(session: pg.Client): Promise<number> {
  const { rows } = await session.query<{ bytes: string }>("select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes");
  return Number(rows[0]?.bytes);
}
