import { spawnSync } from 'node:child_process';

/** Series of the text format by name and labels, as they are written. */
export function seriesOf(text: string): Map<string, number> {
  return new Map(text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line): [string, number] => {
    const at = line.lastIndexOf(' ');
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

/** The types by name. */
export const typesOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));

/** Runs promtool; undefined where this machine has none. */
export function promtool(args: readonly string[], options: { input?: string; cwd?: string } = {}): { code: number; said: string } | undefined {
  const { status, error, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', ...options });
  if (error !== undefined) return undefined;
  return { code: status ?? -1, said: `${stdout}${stderr}` };
}
