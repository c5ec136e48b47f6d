import { expect, test } from 'vitest';
import { OperatorError } from '../../../control/errors.ts';
import { exitCodes } from '../../../control/exit-codes.ts';
import { exitCodeOf, reportOf } from '../../../control/error-report.ts';
import { errorLines } from '../../../control/output/print-error.ts';
import { useDatabase } from '../../support/database.ts';

const database = useDatabase();

async function failureOf(statement: string): Promise<unknown> {
  const session = await database.session();
  return session.query(statement).then(() => undefined, (error: unknown) => error);
}

test('an error of the database keeps its parts, and its class gives the exit code', async () => {
  const error = await failureOf(`do $$ begin
    raise exception using errcode = 'M1001', message = 'held', detail = 'by whom', hint = 'wait';
  end $$`);
  expect(reportOf(error)).toEqual({
    message: 'held', sqlstate: 'M1001', detail: 'by whom', hint: 'wait', exitCode: exitCodes.runState,
  });
  expect(errorLines(reportOf(error))).toEqual([
    'ERROR:  held (SQLSTATE M1001)', 'DETAIL:  by whom', 'HINT:  wait',
  ]);
});

test('a wrapper around an error of the database does not hide it', async () => {
  const error = await failureOf('select 1 / 0');
  expect(reportOf(new Error('a wrapper', { cause: error }))).toMatchObject({
    sqlstate: '22012', exitCode: exitCodes.unexpected,
  });
});

test('what is not installed says to install', async () => {
  expect(reportOf(await failureOf('select no_such_schema.no_function()'))).toMatchObject({
    sqlstate: '3F000', hint: 'Type: ./monthend install', exitCode: exitCodes.notReady,
  });
});

test('an error for operators says what it was given', () => {
  const error = new OperatorError('no', { detail: 'd', hint: 'h', exitCode: exitCodes.validation });
  expect(reportOf(error)).toEqual({ message: 'no', detail: 'd', hint: 'h', exitCode: exitCodes.validation });
});

test.each([
  ['M1004', exitCodes.runState],
  ['M2001', exitCodes.validation],
  ['M4001', exitCodes.unexpected],
  ['08006', exitCodes.notReady],
  ['57P01', exitCodes.notReady],
  ['40001', exitCodes.unexpected],
])('SQLSTATE %s ends with %i', (sqlState, code) => {
  expect(exitCodeOf(sqlState)).toBe(code);
});
