import { type Command, Option } from 'commander';
import { accessRole, type AccessRole, hashKey, makeKey } from '../access.ts';
import { createApiKey, listApiKeys, revokeApiKey } from '../database/access.ts';
import { withService } from '../database/session.ts';
import { formatTable } from '../output/table.ts';
import { example, wholeNumber } from './options.ts';

async function create(name: string, options: { role: AccessRole; days: number }): Promise<void> {
  const key = makeKey();
  const expires = new Date(Date.now() + options.days * 86_400_000);
  const id = await withService('monthend key', (client) => createApiKey(client, name, options.role, hashKey(key), expires));
  console.error(`Key ${id}, role ${options.role}, until ${expires.toISOString()}. It is shown this once:`);
  console.log(key);
}

async function list(options: { json?: boolean }): Promise<void> {
  const keys = await withService('monthend key', (client) => listApiKeys(client));
  if (options.json) {
    console.log(JSON.stringify(keys));
    return;
  }
  console.log(formatTable(['key', 'name', 'role', 'made by', 'until', 'last used', 'revoked'], keys.map((key) => [
    key.key_id, key.name, key.role, key.created_by, key.expires_at.toISOString(), key.last_used_at?.toISOString() ?? '', key.revoked_at?.toISOString() ?? '',
  ])));
}

/** Adds `key`. */
export function register(program: Command): void {
  const group = program.command('key').description('keys of the HTTP API');
  example(group, 'monthend key create reporting --role viewer');
  example(
    group.command('create').description('make a key; it is shown once, only its hash is kept')
      .argument('<name>', 'who will use it: the audit log shows it')
      .addOption(new Option('--role <role>', 'what it may do').choices(accessRole.options).default('viewer'))
      .option('--days <n>', 'how long it is valid', wholeNumber(1, 3650), 365).action(create),
    'monthend key create reporting --role viewer --days 90',
  );
  example(
    group.command('list').description('all keys, without themselves').option('--json', 'as JSON').action(list), 'monthend key list',
  );
  example(
    group.command('revoke').description('end a key at once').argument('<number>', 'its number', wholeNumber(1, 2 ** 31 - 1))
      .action(async (id: number) => {
        await withService('monthend key', (client) => revokeApiKey(client, id));
        console.log(`Key ${id} is revoked.`);
      }),
    'monthend key revoke 3',
  );
}
