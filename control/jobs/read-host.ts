import { readFile, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { config } from '../config.ts';

const files = { stat: '/proc/stat', meminfo: '/proc/meminfo', diskstats: '/proc/diskstats', net: '/proc/net/dev' };
const mostCharacters = 65_536;

/**
 * The text of /proc on this machine, for month_end.parse_host; null where there is no /proc. Only the
 * embedded server is known to run on the same machine.
 */
export async function readHost(): Promise<object | null> {
  try {
    const { databaseUrl, home } = config();
    const texts = await Promise.all(Object.entries(files).map(async ([name, path]) => {
      const text = await readFile(path, 'utf8');
      // the interrupts that follow the first line are long
      return [name, name === 'stat' ? text.split('\n', 1)[0] : text.slice(0, mostCharacters)] as const;
    }));
    const isDatabaseHost = databaseUrl === undefined;
    const disk = isDatabaseHost ? await statfs(home) : undefined;
    return {
      label: isDatabaseHost ? 'database host' : 'control host', name: hostname(),
      disk_free: disk === undefined ? null : disk.bavail * disk.bsize, ...Object.fromEntries(texts),
    };
  } catch {
    return null;
  }
}
