import { describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { roles } from './logins.ts';

describe('the databases of the tests', () => {
  const one = useDatabase();
  const other = useDatabase();

  test('are separate copies of the migrated template', async () => {
    const [here, there] = [await one.session('owner'), await other.session('owner')];
    await here.query('create schema only_here');
    const count = async (session: typeof here, name: string): Promise<unknown> =>
      (await session.query('select count(*)::int as n from pg_catalog.pg_namespace where nspname = $1', [name])).rows[0];
    expect(await count(here, 'only_here')).toEqual({ n: 1 });
    expect(await count(there, 'only_here')).toEqual({ n: 0 });
    expect(await count(there, 'month_end')).toEqual({ n: 1 });
  });

  test.each(roles)('login $name is a member of $groups and no superuser', async ({ name, groups }) => {
    const session = await one.session(name);
    const { rows } = await session.query<{ super: boolean; member: boolean; database: string }>(
      `select rolsuper as super, pg_catalog.current_database() as database,
              (select pg_catalog.bool_and(pg_catalog.pg_has_role(session_user, g, 'member')) from unnest($1::text[]) g) as member
         from pg_catalog.pg_roles where rolname = session_user`, [groups]);
    expect(rows).toEqual([{ super: false, member: true, database: one.name }]);
  });
});
