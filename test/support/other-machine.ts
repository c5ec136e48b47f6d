import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { until } from './cli.ts';

// A machine of its own as far as the network goes: a namespace at the other end of a cable. Pulled out, packets vanish,
// and nobody is told. It ends with the processes in it, and its cable with it, however the tests end.

/** Why there can be none; undefined where there can. */
export const noOtherMachine = ((): string | undefined => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces take root on Linux';
  const can = (...command: string[]): boolean => spawnSync('unshare', ['--net', ...command]).status === 0;
  if (!can('true')) return 'this machine forbids network namespaces';
  if (!can('ip', '-V')) return 'there is no ip: apt-get install iproute2';
  return can('ip', 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'other') ? undefined : 'this machine has no virtual cables (veth)';
})();

export interface OtherMachine {
  /** Where the other machine finds this one. */
  readonly ourAddress: string;
  /** A command and its arguments, to be executed there. */
  readonly there: (...command: string[]) => [program: string, ...args: string[]];
  readonly pullCable: () => void;
  readonly plugCable: () => void;
  readonly end: () => void;
}

export async function startOtherMachine(): Promise<OtherMachine> {
  // until its input ends, with this process at the latest
  const { pid = -1, stdin } = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const namespaceOf = (process: number | 'self'): string => readlinkSync(`/proc/${process}/ns/net`);
  await until('the namespace is there', () => (namespaceOf(pid) === namespaceOf('self') ? undefined : true));
  const ip = (...args: string[]): unknown => execFileSync('ip', args);
  const there: OtherMachine['there'] = (...command) => ['nsenter', `--net=/proc/${pid}/ns/net`, ...command];
  const thereIp = (...args: string[]): unknown => execFileSync('nsenter', there('ip', ...args).slice(1));

  const cable = `monthend${process.pid}`.slice(0, 15);
  // of the range that is set aside for measurements between networks, four addresses for a process
  const network = `198.18.${process.pid >> 6 & 0xff}.`;
  const [ours, theirs] = [1, 2].map((host) => `${network}${(process.pid & 0x3f) * 4 + host}`) as [string, string];
  ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'cable', 'netns', String(pid));
  ip('address', 'add', `${ours}/30`, 'dev', cable);
  ip('link', 'set', cable, 'up');
  thereIp('address', 'add', `${theirs}/30`, 'dev', 'cable');
  thereIp('link', 'set', 'cable', 'up');
  return {
    ourAddress: ours,
    there,
    pullCable: () => void thereIp('link', 'set', 'cable', 'down'),
    plugCable: () => void thereIp('link', 'set', 'cable', 'up'),
    end: () => {
      ip('link', 'delete', cable);
      stdin.end();
    },
  };
}
