import { afterAll, expect, test } from 'vitest';
import { endCommands } from '../../support/cli.ts';
import { rowsOf } from '../../support/close.ts';
import { useApi } from '../../support/api.ts';

afterAll(endCommands);

const api = useApi({ env: () => ({ MONTHEND_API_RATE: '12' }) });
const manyTimes = 600;
const rowsOfMinute = 30;

/** Rows and the refusals in them, by who was refused for what. */
const kept = (): Promise<unknown[][]> => rowsOf(api.owner, `
  select actor, detail->>'type', sum(coalesce((detail->>'count')::integer, 1))::integer, count(*)::integer
    from month_end.audit_log where outcome = 'REFUSED' group by 1, 2 order by 1, 2`);

test('a flood that costs its sender nothing makes few rows, and none of it is lost', async () => {
  const ask = async (count: number, path: string, key: string): Promise<number[]> =>
    (await Promise.all(Array.from({ length: count }, () => api.call('GET', path, { key })))).map(({ status }) => status);
  // a caller with a key is known by it: each of his is a row
  expect(new Set(await ask(20, '/api/v1/batches/2003-01-MONTHEND', api.keys.operator))).toEqual(new Set([404]));
  const strangers = await ask(manyTimes, '/api/v1/periods', 'x');
  const tooOften = strangers.filter((status) => status === 429).length;
  expect(strangers.filter((status) => status === 401).length + tooOften).toBe(manyTimes);
  expect(tooOften).toBeGreaterThan(0);
  const [flood, known] = [(rows: unknown[][]) => rows.filter(([actor]) => actor === 'unknown'), (rows: unknown[][]) => rows.filter(([actor]) => actor !== 'unknown')];
  expect(flood(await kept()).reduce((sum, [, , , rows]) => sum + Number(rows), 0)).toBe(rowsOfMinute);

  api.service.kill('SIGTERM');
  await api.service.ended;
  const after = await kept();
  expect(known(after)).toEqual([['key 2 (operator)', '/problems/M1003', 20, 20]]);
  expect(flood(after).map(([, type, refusals]) => [type, refusals])).toEqual([['/problems/rate', tooOften], ['/problems/unauthenticated', manyTimes - tooOften]]);
  expect(flood(after).reduce((sum, [, , , rows]) => sum + Number(rows), 0)).toBeLessThanOrEqual(rowsOfMinute + 2);
});
