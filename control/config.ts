import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { OperatorError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';

/** The project's folder: what relative paths of the configuration start from. */
export const projectFolder = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'is no PostgreSQL address: postgresql://user:password@host:5432/database');

const folder = z.string().transform((path) => resolve(projectFolder, path));

const flag = z.enum(['0', '1'], 'takes 0 or 1').transform((text) => text === '1');

// Every variable that the control plane reads. An empty variable counts as not set, as in shells.
const environment = z.object({
  /** The server to use; unset: the embedded one. */
  DATABASE_URL: postgresUrl.optional(),
  /** The login that installs (owns the schemas) on that server; unset: DATABASE_URL. */
  MONTHEND_ADMIN_URL: postgresUrl.optional(),
  /** Where the embedded server lives. */
  MONTHEND_HOME: folder.default(resolve(projectFolder, '.monthend')),
  /** Binaries to use instead of the embedded package's: a folder with bin/postgres and share/. */
  MONTHEND_POSTGRES_NATIVE: folder.optional(),
  /** How root starts PostgreSQL, which refuses to run as root. */
  MONTHEND_ROOT_MODE: z
    .enum(['auto', 'namespace', 'drop'], 'takes auto, namespace or drop')
    .default('auto'),
  /** Where the tests take their server from when DATABASE_URL is not set. */
  MONTHEND_TEST_SERVER: z
    .enum(['embedded', 'testcontainers'], 'takes embedded or testcontainers')
    .default('embedded'),
  /** Show stacks of errors. */
  MONTHEND_DEBUG: flag.default(false),
});

export interface Config {
  readonly databaseUrl: string | undefined;
  readonly adminUrl: string | undefined;
  readonly home: string;
  readonly postgresNative: string | undefined;
  readonly rootMode: 'auto' | 'namespace' | 'drop';
  readonly testServer: 'embedded' | 'testcontainers';
  readonly debug: boolean;
}

/** Reads the configuration from variables. Throws an OperatorError that names what is wrong. */
export function parseConfig(variables: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(set);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new OperatorError('The configuration is not valid.', {
      detail: problems.join('; '),
      hint: 'Correct or unset the variable, then run the command again.',
      exitCode: exitCodes.usage,
    });
  }
  const value = parsed.data;
  if (value.MONTHEND_ADMIN_URL !== undefined && value.DATABASE_URL === undefined) {
    throw new OperatorError('The configuration is not valid.', {
      detail: 'MONTHEND_ADMIN_URL is set, DATABASE_URL is not.',
      hint: 'Set DATABASE_URL to the service login of the same server, or unset both to use the embedded server.',
      exitCode: exitCodes.usage,
    });
  }
  return Object.freeze({
    databaseUrl: value.DATABASE_URL,
    adminUrl: value.MONTHEND_ADMIN_URL,
    home: value.MONTHEND_HOME,
    postgresNative: value.MONTHEND_POSTGRES_NATIVE,
    rootMode: value.MONTHEND_ROOT_MODE,
    testServer: value.MONTHEND_TEST_SERVER,
    debug: value.MONTHEND_DEBUG,
  });
}

let parsedOnce: Config | undefined;

/** The configuration of this process: parsed at the first call, the same object ever after. */
export function config(): Config {
  parsedOnce ??= parseConfig(process.env);
  return parsedOnce;
}
