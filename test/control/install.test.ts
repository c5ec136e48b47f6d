import type pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { install, outdatedFiles } from '../../control/install.ts';
import { errorOf, one, rowsOf } from '../support/close.ts';
import { useDatabase } from '../support/database.ts';

// What an upgrade does with functions whose files are gone, made up by hand.

const database = useDatabase();
let owner: pg.Client;
beforeAll(async () => { owner = await database.session('owner'); });

const leftOvers = () => rowsOf(owner, `
  select p.oid::regprocedure::text from pg_proc p where p.proname like 'left\\_over%'
   union all select c.oid::regclass::text from pg_class c where c.relname like 'left\\_over%' order by 1`);

/** As the owner, and noted as applied from files. */
async function leaveBehind(statements: string, ...paths: string[]): Promise<void> {
  await owner.query(`set role monthend_owner; ${statements}; reset role`);
  await owner.query(`insert into month_end.function_source (path, checksum) select unnest($1::text[]), 'made by a test'`, [paths]);
}

test('functions, overloads, procedures and views of files that are gone are dropped, whatever their order', async () => {
  await leaveBehind(`
    create function month_end.left_over() returns integer language sql security definer as 'select 1';
    create function month_end.left_over(text, integer default 1) returns integer language sql security definer as 'select 2';
    create function books.left_over() returns integer language sql security definer as 'select 3';
    create procedure month_end.left_over_too(inout p_a integer) language plpgsql as 'begin end';
    create view ledger.left_over_view as select month_end.left_over() as one;
    create function month_end.left_over_rows() returns setof ledger.left_over_view language sql as 'select 1'`,
  ...['posting/left_over', 'books/left_over', 'posting/left_over_too', 'posting/left_over_view', 'posting/left_over_rows'].map((name) => `db/functions/${name}.sql`));
  expect(await leftOvers()).toHaveLength(6);
  expect(await outdatedFiles(owner)).toHaveLength(5);
  await install(database.adminUrl);
  expect(await leftOvers()).toEqual([]);
  expect(await outdatedFiles(owner)).toEqual([]);
  expect(await rowsOf(owner, 'select * from month_end.drifted_functions()')).toEqual([]);
});

test('a file that moved is not gone, nor is another of its name', async () => {
  const stays = `select string_agg(o, ',' order by o) from (select p.oid::text as o from pg_proc p where p.proname = 'je_id'
    union all select c.oid::text from pg_class c where c.relname = 'batch' and c.relkind = 'v') x`;
  const before = await one<string>(owner, stays);
  expect(before.split(',')).toHaveLength(3); // month_end.je_id, month_end.batch, ledger.batch
  await owner.query(`update month_end.function_source set path = 'db/functions/elsewhere/je_id.sql' where path like '%/je_id.sql'`);
  await owner.query(`insert into month_end.function_source (path, checksum) values ('db/functions/elsewhere/batch.sql', 'made by a test')`);
  await install(database.adminUrl);
  expect(await one(owner, stays)).toBe(before);
  expect(await outdatedFiles(owner)).toEqual([]);
});

test('what others made of one stops the upgrade whole, and says so', async () => {
  await leaveBehind(`create function month_end.left_over() returns integer language sql as 'select 1';
    create view month_end.left_over_view as select 1 as one`, 'db/functions/posting/left_over.sql', 'db/functions/posting/left_over_view.sql');
  await owner.query('create schema reports; create view reports.mine as select month_end.left_over() as one');
  const error = await errorOf(install(database.adminUrl));
  expect(error).toMatchObject({ code: '2BP01', detail: expect.stringContaining('reports.mine') as string });
  expect(error.message).toContain('drop routine month_end.left_over()');
  expect(await leftOvers()).toHaveLength(2);
  await owner.query('drop schema reports cascade');
  await install(database.adminUrl);
  expect(await leftOvers()).toEqual([]);
});
