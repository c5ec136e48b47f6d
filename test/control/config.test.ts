import { expect, test } from 'vitest';
import { parseConfig, projectFolder } from '../../control/config.ts';
import { exitCodes } from '../../control/exit-codes.ts';

test('without variables: the embedded server in the project folder', () => {
  expect(parseConfig({})).toMatchObject({
    databaseUrl: undefined, adminUrl: undefined, home: `${projectFolder}/.monthend`, testServer: 'embedded',
  });
});

test('an empty variable counts as not set, a relative folder starts at the project', () => {
  expect(parseConfig({ DATABASE_URL: '', MONTHEND_HOME: 'elsewhere' })).toMatchObject({
    databaseUrl: undefined, home: `${projectFolder}/elsewhere`,
  });
});

test('is frozen', () => {
  expect(Object.isFrozen(parseConfig({}))).toBe(true);
});

test.each([
  ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }],
  ['MONTHEND_ROOT_MODE', { MONTHEND_ROOT_MODE: 'sudo' }],
  ['MONTHEND_TEST_SERVER', { MONTHEND_TEST_SERVER: 'docker' }],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
  ['MONTHEND_DEBUG', { MONTHEND_DEBUG: 'yes' }],
  ['MONTHEND_ADMIN_URL', { MONTHEND_ADMIN_URL: 'postgresql://a@b/c' }],
])('a wrong %s is named, with the next step', (name, variables) => {
  expect(() => parseConfig(variables)).toThrow(
    expect.objectContaining({
      detail: expect.stringContaining(name) as string,
      hint: expect.stringMatching(/set/i) as string,
      exitCode: exitCodes.usage,
    }),
  );
});
