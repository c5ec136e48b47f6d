import { expect, test } from 'vitest';
import { judge } from '../../.ci/sql-rules.ts';

const good = `-- Adds.
create or replace function books.add_up(p_a integer, p_b integer)
returns integer
language plpgsql
immutable
security invoker
set search_path = pg_catalog, pg_temp
as $$
begin
  return p_a + p_b;
end
$$;

comment on function books.add_up(integer, integer) is 'The sum.';
revoke all on function books.add_up(integer, integer) from public;
`;

const problems = async (text: string): Promise<readonly string[]> =>
  (await judge(text, 'function', 'add_up')).problems;

test('a function that keeps the rules has no problem', async () => {
  expect(await judge(good, 'function', 'add_up')).toEqual({ object: 'books.add_up', problems: [] });
});

test.each<[string, (text: string) => string, RegExp]>([
  ['syntax', (text) => text.replace('returns integer', 'returnz integer'), /syntax error/],
  ['syntax of the body', (text) => text.replace('return p_a', 'retrun p_a'), /body of add_up: .*syntax error/],
  ['an expression in the body', (text) => text.replace('p_a + p_b;', 'p_a + * + ;'), /body of add_up: .*syntax error/],
  ['comment', (text) => text.replace(/comment on.*\n/, ''), /no comment/],
  ['revoke', (text) => text.replace(/revoke all.*\n/, ''), /not revoked from public/],
  ['revoke from somebody else', (text) => text.replace('from public', 'from monthend_viewer'), /not revoked/],
  ['search_path', (text) => text.replace(/set search_path.*\n/, ''), /search_path/],
  ['volatility', (text) => text.replace('immutable\n', ''), /volatility/],
  ['security', (text) => text.replace('security invoker\n', ''), /security/],
  ['name', (text) => text.replaceAll('add_up', 'sum_up'), /file is called add_up/],
  ['schema', (text) => text.replaceAll('books.', ''), /no schema/],
  ['parameters', (text) => text.replaceAll('p_a', 'a'), /parameters without p_: a$/],
  ['capitals', (text) => text.replace('begin', 'BEGIN'), /capitals in the body: BEGIN/],
  ['columns', (text) => text.replace('-- Adds.', `-- ${'x'.repeat(100)}`), /longer than 100/],
  ['long bodies', (text) => text.replace('begin\n', `begin\n${'  perform 1;\n'.repeat(80)}`), /the body has 83 lines/],
  ['a second function', (text) => text + text.replaceAll('add_up', 'other'), /2 functions/],
  ['cascade', (text) => `drop function books.add_up(text) cascade;\n${text}`, /cascade/],
])('is found when broken: %s', async (_rule, breakIt, expected) => {
  const found = await problems(breakIt(good));
  expect(found).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
});

test('others are caught where the list of exemptions says why, and nowhere else', async () => {
  const text = good.replace('p_b;\n', 'p_b;\nexception when others then\n  return null;\n');
  expect(await problems(text)).toEqual(['add_up catches others: name the conditions']);
  expect(await problems(text.replace('when others', 'when division_by_zero'))).toEqual([]);
  const exempt = text.replaceAll('books.add_up', 'month_end.work_chunk');
  expect((await judge(exempt, 'function', 'work_chunk')).problems).toEqual([]);
  expect((await judge(exempt.replace('when others', 'when division_by_zero'), 'function', 'work_chunk')).problems)
    .toEqual(['work_chunk is exempt from naming conditions and needs it no more']);
});

test('a missing search_path passes with its reason in a comment', async () => {
  const text = good.replace(/set search_path.*\n/, '').replace('-- Adds.', '-- No search_path: it is inlined.');
  expect(await problems(text)).toEqual([]);
});
