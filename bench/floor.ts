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
  await restFromVacuum(session);
  await session.query('create schema floor');
  const tables = rows.map((row) => ({
    name: `ledger_data.${row.name}`, copy: `floor.${row.name}`, blocks: Number(row.blocks), isHeader: row.is_header,
  }));
  for (const { name, copy } of tables) {
    await session.query(`create table ${copy} (like ${name} including constraints) with (autovacuum_enabled = false)`);
  }
  return tables;
}

/**
 * Keeps autovacuum off what the close has just written. It would set to work there during the copy,
 * and the floor would pay for it; one that has begun gives way to the ALTER.
 */
async function restFromVacuum(session: pg.Client): Promise<void> {
  const { rows } = await session.query<{ name: string }>(`
    select c.oid::regclass as name from pg_class c
     where c.relkind = 'r' and c.relnamespace in ('ledger_data'::regnamespace, 'month_end'::regnamespace)
       and c.relispartition`);
  for (const { name } of rows) await session.query(`alter table ${name} set (autovacuum_enabled = false)`);
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

/** What a copy took, in seconds, and what it made. */
interface Copied {
  readonly copySeconds: number;
  readonly indexSeconds: number;
  readonly walBytes: number;
  readonly tables: readonly Table[];
}

/**
 * Copies a finished batch's physical rows by plain INSERT … SELECT into tables of the same shape in the
 * schema floor, then builds the same indexes, all sessions side by side.
 */
export async function copyBatch(sessions: readonly pg.Client[], batchId: string): Promise<Copied> {
  const [first] = sessions;
  if (first === undefined) throw new Error('a floor needs a session');
  for (const session of sessions) {
    await session.query("set maintenance_work_mem = '1GB'");
    await session.query('set max_parallel_maintenance_workers = 0');
  }
  const tables = await makeCopies(first, batchId);
  // named, as two sessions that build at once could be given the same name by the server
  const tasks = indexes.flatMap((index, place) =>
    tables.filter((table) => table.isHeader === index.onHeader)
      .map(({ copy }, leaf) => `create ${index.unique ? 'unique ' : ''}index copy_${leaf}_${place} on ${copy} (${index.columns})`));
  await first.query('checkpoint');
  const walBefore = await walPosition(first);

  const begin = performance.now();
  await Promise.all(sessions.map((session, part) => copyPart(session, tables, part, sessions.length)));
  const copied = performance.now();
  await Promise.all(sessions.map(async (session) => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await session.query(task);
  }));
  const end = performance.now();

  const walBytes = (await walPosition(first)) - walBefore;
  return { copySeconds: (copied - begin) / 1000, indexSeconds: (end - copied) / 1000, walBytes, tables };
}

/** The write floor of a finished batch, in as many sessions as its close had. */
export async function measureFloor(place: Place, database: string, batchId: string, count: number): Promise<Floor> {
  const sessions = await Promise.all(Array.from({ length: count }, () => place.session(database)));
  try {
    const { tables, copySeconds, indexSeconds, walBytes } = await copyBatch(sessions, batchId);
    const [first] = sessions;
    if (first === undefined) throw new Error('a floor needs a session');
    return {
      seconds: copySeconds + indexSeconds, copySeconds, indexSeconds, walBytes,
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
