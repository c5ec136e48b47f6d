import { beforeAll, expect, test } from 'vitest';
import type pg from 'pg';
import { beginRequest, endRequest } from '../../../control/database/access.ts';
import { errorOf, one, setSetting } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';

// Idempotency-Keys, each caller's own.

const database = useDatabase();
const [body, otherBody] = [Buffer.from('body'), Buffer.from('other')];
let owner: pg.Client;
let service: pg.Client;
beforeAll(async () => {
  owner = await database.session('owner');
  service = await database.session('service');
});
const actFor = (session: pg.Client, actor: string) => session.query(`select set_config('monthend.actor', $1, false)`, [actor]);

test('a key is its caller\'s: neither another caller nor a psql takes it, whoever he says he is', async () => {
  await actFor(service, 'key 1 (a)');
  expect(await beginRequest(service, 'february', body)).toBe(null);
  await endRequest(service, 'february', { batch: 'a' });
  expect(await beginRequest(service, 'february', body)).toEqual({ batch: 'a' });
  expect(await errorOf(beginRequest(service, 'february', otherBody))).toMatchObject({ code: 'M2008' });

  await actFor(service, 'key 2 (b)');
  expect(await beginRequest(service, 'february', otherBody)).toBe(null);

  const psql = await database.session('operator');
  await actFor(psql, 'key 1 (a)');
  expect(await beginRequest(psql, 'february', otherBody)).toBe(null);
  await endRequest(psql, 'february', { batch: 'made up' });
  expect(await beginRequest(psql, 'march', body)).toBe(null);

  await actFor(service, 'key 1 (a)');
  expect(await beginRequest(service, 'february', body)).toEqual({ batch: 'a' });
  expect(await beginRequest(service, 'march', otherBody)).toBe(null);
});

test('keys are forgotten after idempotency_keep_days, and new then', async () => {
  await setSetting(owner, 'idempotency_keep_days', '7');
  const age = (days: number) => owner.query(`update month_end.idempotent_request set created_at = now() - make_interval(days => $1)`, [days]);
  await age(6);
  expect(await beginRequest(service, 'april', body)).toBe(null);
  expect(await beginRequest(service, 'february', body)).toEqual({ batch: 'a' });
  await age(8);
  expect(await beginRequest(service, 'february', otherBody)).toBe(null);
  expect(await one(owner, 'select count(*)::integer from month_end.idempotent_request')).toBe(1);
});
