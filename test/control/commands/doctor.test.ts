import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { finding, recommended } from '../../../control/database/doctor.ts';
import { exitCodes } from '../../../control/exit-codes.ts';
import { endCommands, run } from '../../support/cli.ts';
import { openBatch } from '../../support/close.ts';
import { useDatabase } from '../../support/database.ts';

const database = useDatabase();
let owner: pg.Client;
beforeAll(async () => { owner = await database.session('owner'); });
afterAll(endCommands);

const doctor = (...args: string[]) => run(database.serviceUrl, ['doctor', ...args]);

test('its exit codes: fine, warnings, errors', async () => {
  expect(await doctor('--strict')).toMatchObject({ code: exitCodes.ok, stderr: '' });
  const id = await openBatch(owner, '2003-01');
  expect(await doctor()).toMatchObject({ code: exitCodes.ok });
  const warned = await doctor('--strict');
  expect(warned.code).toBe(exitCodes.warnings);
  expect(warned.stdout).toMatch(/^warning +batch +2003-01-MONTHEND is OPENED since .*\n +see {2}select \* from month_end\.progress.*\n +fix {2}\.\/monthend resume/m);
  await owner.query('alter table ledger_data.account_balance disable trigger posted_rows_stay');
  expect((await doctor('--strict')).code).toBe(exitCodes.validation);
  const json = await doctor('--json');
  expect(json.code).toBe(exitCodes.validation);
  expect(z.array(finding).parse(JSON.parse(json.stdout))[0]).toMatchObject({ severity: 'error', subject: 'triggers' });
  await owner.query('alter table ledger_data.account_balance enable trigger posted_rows_stay');
  await owner.query('call month_end.cancel($1)', [id]);
});

test('the settings file of a machine, or why there is none', async () => {
  const { code, stdout } = await doctor('--settings', '--memory', '256GB', '--cores', '32', '--transactions', '10M');
  expect(code).toBe(exitCodes.ok);
  expect(stdout).toMatch(/^# PostgreSQL 1[678]\..*; 262144 MB of memory, 32 cores, ssd, 10000000 transactions a month\.\n/);
  expect(stdout).toContain('\n# spec, pgtune: a quarter of memory\nshared_buffers = 64GB\n');
  expect(stdout).toContain(`\nlog_line_prefix = '%m [%p] %l %u@%d %a %h '\n`);
  expect(stdout).toMatch(/\n#wal_compression = (pglz|lz4|zstd)\n/);
  const json = await doctor('--settings', '--memory', '8GB', '--cores', '2', '--json');
  expect(z.object({ settings: z.array(recommended) }).parse(JSON.parse(json.stdout)).settings.length).toBeGreaterThan(25);
  expect(await doctor('--settings')).toMatchObject({ code: exitCodes.usage, stdout: '' });
  expect(await doctor('--settings', '--memory', 'much')).toMatchObject({ code: exitCodes.usage, stdout: '' });
});
