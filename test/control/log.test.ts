import pg from 'pg';
import { expect, test } from 'vitest';
import { OperatorError } from '../../control/errors.ts';
import { createLog, logError } from '../../control/log.ts';

function logOf(isTerminal: boolean, level: 'debug' | 'info' = 'info') {
  const written: string[] = [];
  return { log: createLog({ level, isTerminal, write: (text) => void written.push(text) }), written };
}

/** An error as the server sends it, values and all. */
function databaseError(code: string, message: string): pg.DatabaseError {
  const error = new pg.DatabaseError(message, 0, 'error');
  return Object.assign(error, { code, detail: 'Key (policy)=(POL-4711) exists.', where: 'SQL: POL-4711', internalQuery: 'select POL-4711' });
}

test('a line is JSON with time, level, service and the fields of its part', () => {
  const { log, written } = logOf(false);
  log.child({ part: 'batch', batch: '2003-01-MONTHEND' }).info({ worker: 3 }, 'begun');
  log.debug('not told');
  expect(written).toHaveLength(1);
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    level: 'info', service: 'monthend', pid: process.pid, part: 'batch', batch: '2003-01-MONTHEND', worker: 3, msg: 'begun',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
  });
});

test('an error has its code and next step, and no values', () => {
  const { log, written } = logOf(false);
  logError(log, databaseError('23505', 'duplicate key value violates unique constraint "one"'));
  logError(log, databaseError('22P02', 'invalid input syntax for type numeric: "POL-4711"'));
  logError(log, new OperatorError('no server', { detail: 'POL-4711', hint: './monthend db start' }));
  expect(written.map((line) => (JSON.parse(line) as { msg: string; err: object }))).toMatchObject([
    { level: 'error', msg: 'duplicate key value violates unique constraint "one"', err: { code: '23505' } },
    { msg: 'A value that the database cannot read.', err: { code: '22P02' } },
    { msg: 'no server', err: { type: 'OperatorError', hint: './monthend db start' } },
  ]);
  expect(written.join('')).not.toMatch(/POL-4711|select/);
});

test('secrets that are handed over are not written', () => {
  const { log, written } = logOf(false);
  log.info({ token: 'hidden1', password: 'hidden2', request: { authorization: 'hidden3', cookie: 'hidden4' }, server: { url: 'hidden5' }, key: 'hidden6' });
  expect(written.join('')).not.toContain('hidden');
  expect(written.join('').match(/\[redacted\]/g)).toHaveLength(6);
});

test('people are told what concerns the process, and what goes wrong', () => {
  const { log, written } = logOf(true);
  log.info('monthend serve: http://127.0.0.1:8080');
  log.child({ part: 'http' }).info({ status: 202 }, 'POST /api/v1/batches 202');
  log.child({ part: 'job' }).error('lost');
  expect(written).toEqual(['monthend serve: http://127.0.0.1:8080\n', 'lost\n']);
});
