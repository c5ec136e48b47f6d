import type { Command } from 'commander';
import { config } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { resolveServer, serverStatus, type ServerStatus, startServer, stopServer } from '../server/index.ts';
import { example } from './options.ts';

const onProgress = (line: string): void => console.error(line);

function refuseExternal(): void {
  if (config().databaseUrl === undefined) return;
  throw new OperatorError('The server is not ours to start or stop.', {
    detail: 'DATABASE_URL is set: everything uses that server.',
    hint: 'Unset DATABASE_URL to use the embedded server.',
    exitCode: exitCodes.usage,
  });
}

function printStatus(status: ServerStatus, json: boolean): void {
  if (json) {
    console.log(JSON.stringify(status));
    return;
  }
  console.log(`${status.kind} server: ${status.running ? `running, PostgreSQL ${status.version}` : 'not running'}`);
  const facts: [string, string | number | null][] = [
    ['address', status.host === null ? null : `${status.host}:${status.port ?? 5432}`],
    ['socket', status.socket_folder],
    ['pid', status.pid],
    ['since', status.started_at],
    ['data', status.data],
    ['log', status.log],
    ['size', status.database_bytes === null ? null : `${(Number(status.database_bytes) / 1e6).toFixed(0)} MB`],
  ];
  for (const [name, value] of facts) {
    if (value !== null) console.log(`  ${name.padEnd(8)} ${value}`);
  }
}

async function start(options: { json?: boolean }): Promise<void> {
  refuseExternal();
  const { started } = await startServer({ onProgress });
  onProgress(started ? 'the database is started' : 'the database was running already');
  printStatus(await serverStatus(), options.json ?? false);
}

async function stop(options: { immediate?: boolean; json?: boolean }): Promise<void> {
  refuseExternal();
  const stopped = await stopServer({ mode: options.immediate ? 'immediate' : 'fast', onProgress });
  onProgress(stopped ? 'the database is stopped' : 'the database was not running');
  if (options.json) printStatus(await serverStatus(), true);
}

async function status(options: { json?: boolean }): Promise<void> {
  const found = await serverStatus();
  printStatus(found, options.json ?? false);
  if (!found.running) process.exitCode = exitCodes.notReady;
}

async function url(options: { admin?: boolean; json?: boolean }): Promise<void> {
  const { kind, serviceUrl, adminUrl } = await resolveServer();
  const address = options.admin ? adminUrl : serviceUrl;
  console.log(options.json ? JSON.stringify({ kind, url: address }) : address);
}

/** Adds `db start|stop|status|url`. */
export function register(program: Command): void {
  const db = program.command('db').description('the database server: the embedded one, unless DATABASE_URL is set');
  example(db, 'monthend db start');

  db.command('start')
    .description('start the embedded server, or find it running; it stays when this command ends')
    .option('--json', 'print the state as JSON')
    .addHelpText('after', '\nExample:\n  monthend db start')
    .action(start);

  db.command('stop')
    .description('stop the embedded server')
    .option('--immediate', 'do not write a checkpoint: the next start recovers')
    .option('--json', 'print the state as JSON')
    .addHelpText('after', '\nExample:\n  monthend db stop')
    .action(stop);

  db.command('status')
    .description('say whether the server runs, where, and since when; exit code 3 if it does not')
    .option('--json', 'print the state as JSON')
    .addHelpText('after', '\nExample:\n  monthend db status --json')
    .action(status);

  db.command('url')
    .description('print the address of the server WITH its password, for psql and other programs')
    .option('--admin', 'that of the login that installs, not of the service')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  psql "$(monthend db url)"')
    .action(url);
}
