import pg from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { errno, OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

export interface ConnectOptions {
  readonly url: string;
  /** Shown in pg_stat_activity and in the server's log. */
  readonly applicationName: string;
  /** The role to work as, from the first statement on; default: the login itself. */
  readonly role?: string;
  /** Settings of the session, by name. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long to wait for a connection. */
  readonly timeoutMs?: number;
}

const { builtins } = pg.types;
const arrayOf = { numeric: 1231, date: 1182 } as const;

// Money doesn't fit a float and a date is no moment: they stay as PostgreSQL wrote them. bigint and
// its arrays are strings in node-pg already; said here because all of the project stands on it.
const asText = new Set<number>([builtins.NUMERIC, builtins.INT8, builtins.DATE]);
const asTextArray = new Set<number>([arrayOf.numeric, arrayOf.date]);
const textArrayOid = 1009;

type Parser = (value: string) => unknown;

function parserFor(oid: number, format?: 'text' | 'binary'): Parser {
  if (format === 'binary') return pg.types.getTypeParser(oid, 'binary') as Parser;
  if (asText.has(oid)) return (value: string) => value;
  return pg.types.getTypeParser(asTextArray.has(oid) ? textArrayOid : oid, 'text') as Parser;
}

const types: pg.CustomTypesConfig = { getTypeParser: parserFor };

/**
 * The settings of a session for node-pg and for what is built on it (pg-boss). `sslmode` means what
 * it means to psql, not what node-pg 8 makes of it, so that one address serves both.
 */
export function clientConfig(options: ConnectOptions): pg.ClientConfig {
  let parsed: pg.ClientConfig;
  try {
    const separator = options.url.includes('?') ? '&' : '?';
    const compatible = /[?&]uselibpqcompat=/.test(options.url) || !/[?&]sslmode=/.test(options.url);
    parsed = parseIntoClientConfig(compatible ? options.url : `${options.url}${separator}uselibpqcompat=true`);
  } catch (error) {
    throw new OperatorError('The address of the database cannot be used.', {
      detail: error instanceof Error ? error.message : String(error),
      hint: 'DATABASE_URL looks like postgresql://user:password@host:5432/database?sslmode=verify-full',
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
  const session = [
    parsed.options,
    '-c TimeZone=UTC',
    '-c DateStyle=ISO,YMD',
    '-c IntervalStyle=postgres',
    options.role === undefined ? undefined : `-c role=${options.role}`,
    ...Object.entries(options.settings ?? {}).map(([name, value]) => `-c ${name}=${value}`),
  ];
  return {
    ...parsed,
    application_name: options.applicationName,
    options: session.filter((part) => part !== undefined).join(' '),
    connectionTimeoutMillis: options.timeoutMs ?? 15_000,
    keepAlive: true,
    types,
  };
}

function withoutPassword(config: pg.ClientConfig): string {
  return `${config.user ?? 'the current user'} at ${config.host ?? 'localhost'}:${config.port ?? 5432}/${config.database ?? ''}`;
}

const unreachable = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT', 'EAI_AGAIN', 'ECONNRESET']);

const untrusted = new Set([
  'CERT_SIGNATURE_FAILURE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** One message for an operator from whatever a connection failed with. */
function explainConnectError(error: unknown, config: pg.ClientConfig, role?: string): OperatorError {
  const reason: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const text = reason instanceof Error ? reason.message : String(reason);
  const where = withoutPassword(config);
  const fail = (message: string, hint: string): OperatorError =>
    new OperatorError(message, { detail: `${where}: ${text}`, hint, exitCode: exitCodes.notReady, cause: error });

  const code = errno(reason) ?? '';
  switch (code) {
    case '28P01':
    case '28000':
      return fail('The server refused the login.', 'Check user, password and sslmode of DATABASE_URL, and pg_hba.conf of the server.');
    case '22023':
    case '42704':
      return fail('The role of the service does not exist.', `Type: ./monthend install    (it makes ${role ?? 'the roles'})`);
    case '42501':
      return fail(`The login may not connect${role === undefined ? '' : `, or not take the role ${role}`}.`,
        `As the administrator: grant connect on database ${config.database} to ${config.user}${role === undefined ? '' : `; grant ${role} to ${config.user}`}`);
    case '08P01':
      return fail('The server refused the settings of the session.', 'A pooler is in the way: connect to PostgreSQL itself.');
    case '3D000':
      return fail('The database does not exist.', 'Make it (create database …) or correct DATABASE_URL.');
    case '57P03':
      return fail('The server is starting or recovering.', 'Wait, then run the command again.');
    case '53300':
      return fail('The server has no connection left.', 'Close sessions, or raise max_connections.');
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return fail('The certificate of the server is for another host.', 'Name the host in DATABASE_URL as its certificate does.');
    case 'CERT_HAS_EXPIRED':
      return fail('The certificate of the server has expired.', 'Renew it on the server, then reload PostgreSQL.');
    default:
  }
  if (untrusted.has(code)) {
    return fail('The certificate of the server is not trusted.', 'Name the file of its authority in DATABASE_URL: …?sslmode=verify-full&sslrootcert=FILE');
  }
  if (unreachable.has(code)) {
    return fail('The server cannot be reached.', 'Type: ./monthend db start    or correct DATABASE_URL if it is set.');
  }
  return fail('The connection to the server failed.', 'Check DATABASE_URL (sslmode, sslrootcert) and that the server runs.');
}

const refusals = new Set(['28000', '28P01', '42501']);

/** Whether the server lets the login not in, or not take the role: no waiting mends that. */
export const isRefused = (error: unknown): boolean => error instanceof OperatorError && refusals.has(errno(error.cause) ?? '');

/** Whether the server is there, but starting or recovering: it says so until it lets in. */
export const isStarting = (error: unknown): boolean => error instanceof OperatorError && errno(error.cause) === '57P03';

/** A connected session. The caller ends it. */
export async function connect(options: ConnectOptions): Promise<pg.Client> {
  const config = clientConfig(options);
  const client = new pg.Client(config);
  // A server that ends the session between two statements raises this; the next statement fails then,
  // and its caller is the one to know. Without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw explainConnectError(error, config, options.role);
  }
}

/** Planning what a screen reads takes ten times as long as reading it, so sessions that have planned are kept. */
const idleMs = 5 * 60_000;

/** A pool of such sessions; the first failure to connect shows at the first query. */
export function createPool(options: ConnectOptions & { readonly max: number }): pg.Pool {
  const pool = new pg.Pool({ ...clientConfig(options), max: options.max, idleTimeoutMillis: idleMs });
  // A session that the server ends is replaced, or its next statement fails; without these it ends us.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
