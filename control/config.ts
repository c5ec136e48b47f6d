import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type AccessRole, accessRole } from './access.ts';
import { OperatorError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { hostInUrl, loopbackHosts } from './values.ts';

const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The project's folder: what relative paths of the configuration start from. */
export const projectFolder = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'is no PostgreSQL address: postgresql://user:password@host:5432/database');

const folder = z.string().transform((path) => resolve(projectFolder, path));

const flag = z.enum(['0', '1'], 'takes 0 or 1').transform((text) => text === '1');

/** An address whose answers nobody on the way can change: TLS, or this machine. */
export function isPrivateUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopbackHosts.map(hostInUrl).includes(url.hostname));
}

// Signed by a key that only the issuer has: no secret that we would share with it.
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const roleOfValue = z.string().transform((text, context) => text.split(',').map((pair): [value: string, role: AccessRole] => {
  const [value = '', name] = pair.split('=').map((part) => part.trim());
  const role = accessRole.safeParse(name);
  if (value !== '' && role.success) return [value, role.data];
  context.addIssue({ code: 'custom', message: `has ${JSON.stringify(pair)}; it takes VALUE=ROLE,…, roles ${accessRole.options.join(', ')}` });
  return [value, 'viewer'];
}));

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
  /** Requests that a caller of the API may send a second. */
  MONTHEND_API_RATE: z.coerce.number('is no number').int().min(1).max(100_000).default(200),
  /** Who issues the tokens that the API takes besides its keys: an OpenID Connect issuer. */
  MONTHEND_OIDC_ISSUER: z.string().refine(isPrivateUrl, 'is no https address').optional(),
  /** What tokens must be made for. */
  MONTHEND_OIDC_AUDIENCE: z.string().optional(),
  /** The one algorithm that tokens are signed by. */
  MONTHEND_OIDC_ALGORITHM: z.enum(algorithms, `takes ${algorithms.join(', ')}`).default('RS256'),
  /** The claim that names roles; dots lead into it. */
  MONTHEND_OIDC_ROLE_CLAIM: z.string().default('roles'),
  /** Which value of the claim is which role here; the first that a token has counts. */
  MONTHEND_OIDC_ROLES: roleOfValue.prefault(accessRole.options.map((role) => `monthend_${role}=${role}`).toReversed().join(',')),
  /** What `service` and `serve` tell on stderr, and what is worse. */
  LOG_LEVEL: z.enum(logLevels, `takes ${logLevels.join(', ')}`).default('info'),
  /** Show stacks of errors. */
  MONTHEND_DEBUG: flag.default(false),
});

/** Whose tokens the API takes, and what they must say. */
export interface OidcSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithm: (typeof algorithms)[number];
  readonly roleClaim: string;
  readonly roles: readonly (readonly [value: string, role: AccessRole])[];
}

export interface Config {
  readonly databaseUrl: string | undefined;
  readonly adminUrl: string | undefined;
  readonly home: string;
  readonly postgresNative: string | undefined;
  readonly rootMode: 'auto' | 'namespace' | 'drop';
  readonly testServer: 'embedded' | 'testcontainers';
  readonly apiRate: number;
  /** Undefined: keys alone. */
  readonly oidc: OidcSettings | undefined;
  readonly logLevel: LogLevel;
  readonly debug: boolean;
}

/** Reads the configuration from variables. Throws an OperatorError that names what is wrong. */
export function parseConfig(variables: Record<string, string | undefined>): Config {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(set);
  const refuse = (detail: string, hint: string): OperatorError =>
    new OperatorError('The configuration is not valid.', { detail, hint, exitCode: exitCodes.usage });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw refuse(problems.join('; '), 'Correct or unset the variable, then run the command again.');
  }
  const value = parsed.data;
  if (value.MONTHEND_ADMIN_URL !== undefined && value.DATABASE_URL === undefined) {
    throw refuse('MONTHEND_ADMIN_URL is set, DATABASE_URL is not.',
      'Set DATABASE_URL to the service login of the same server, or unset both to use the embedded server.');
  }
  const { MONTHEND_OIDC_ISSUER: issuer, MONTHEND_OIDC_AUDIENCE: audience } = value;
  if ((issuer === undefined) !== (audience === undefined)) {
    throw refuse('Of MONTHEND_OIDC_ISSUER and MONTHEND_OIDC_AUDIENCE one is set, the other is not.',
      'Set both, or unset both: the API takes its keys alone then.');
  }
  return Object.freeze({
    databaseUrl: value.DATABASE_URL,
    adminUrl: value.MONTHEND_ADMIN_URL,
    home: value.MONTHEND_HOME,
    postgresNative: value.MONTHEND_POSTGRES_NATIVE,
    rootMode: value.MONTHEND_ROOT_MODE,
    testServer: value.MONTHEND_TEST_SERVER,
    apiRate: value.MONTHEND_API_RATE,
    oidc: issuer === undefined || audience === undefined ? undefined : {
      issuer, audience, algorithm: value.MONTHEND_OIDC_ALGORITHM, roleClaim: value.MONTHEND_OIDC_ROLE_CLAIM,
      roles: value.MONTHEND_OIDC_ROLES,
    },
    logLevel: value.LOG_LEVEL,
    debug: value.MONTHEND_DEBUG,
  });
}

let parsedOnce: Config | undefined;

/** The configuration of this process: parsed at the first call, the same object ever after. */
export function config(): Config {
  parsedOnce ??= parseConfig(process.env);
  return parsedOnce;
}

/** Whether stacks of errors are shown: not where the configuration itself can't be read. */
export function isDebugging(): boolean {
  try {
    return config().debug;
  } catch {
    return false;
  }
}
