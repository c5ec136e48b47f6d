import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectFolder } from '../../control/config.ts';
import { until } from './cli.ts';

// What a document shows of a terminal: `$ COMMAND`, what it prints, `^C`.

export interface Step {
  readonly command: string;
  /** Undefined: the terminal in front, whose commands are waited for. */
  readonly terminal: string | undefined;
  readonly isByHand: boolean;
  /** Lines shown before a Ctrl-C, and after it where there is one. */
  readonly before: readonly string[];
  readonly after: readonly string[] | undefined;
}

const marked = /^(?<command>.*?)(?:\s+# (?:(?<terminal>\w+) terminal|(?<byHand>by hand).*))?$/;

/** The steps of a document's console blocks, in their order. A `^C` for another terminal is a step of its own. */
export function stepsOf(markdown: string): Step[] {
  const lines = [...markdown.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trimEnd().split('\n'));
  const starts = lines.flatMap((line, at) => (/^\$ |^\^C\s+# /.test(line) ? [at] : []));
  return starts.map((start, index) => {
    const [first = '', ...shown] = lines.slice(start, starts[index + 1]);
    const { command = '', terminal, byHand } = marked.exec(first.replace(/^\$ /, ''))?.groups ?? {};
    const interrupt = shown.indexOf('^C');
    return {
      command, terminal, isByHand: byHand !== undefined,
      before: interrupt < 0 ? shown : shown.slice(0, interrupt), after: interrupt < 0 ? undefined : shown.slice(interrupt + 1),
    };
  });
}

const time = /\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?/g;

/** A pattern of what is printed: `…` is any text, on a line of its own any lines; so is a time. */
export function patternOf(shown: readonly string[], isWhole = true): RegExp {
  const lines = shown.map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${line.replace(time, '…').replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*')}[ ]*\\n`));
  return new RegExp(`^${lines.join('')}${isWhole ? '$' : ''}`);
}

/** Copies the project's files, as a fresh clone has them, with the packages that are here. */
export function copyProject(folder: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: projectFolder, encoding: 'utf8' });
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(projectFolder, file), join(folder, file));
  }
  symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'));
}

/** A command in a terminal: a group of processes of its own, which Ctrl-C reaches whole. */
export interface Typed {
  readonly printed: () => string;
  readonly interrupt: () => void;
  readonly ended: Promise<number | null>;
}

/** Terminals in a folder, whose commands each print to a file there. */
export class Terminals {
  readonly #started: ChildProcess[] = [];
  readonly #others = new Map<string, Typed>();
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #lastCode = 0;

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
  }

  /** Types a step and returns what it printed, once it has ended or, in another terminal, shown what it should. */
  async type(step: Step): Promise<{ printed: string; code: number | null }> {
    if (step.terminal !== undefined) return this.#typeElsewhere(step, step.terminal);
    const running = this.#start(step.after === undefined ? `(exit ${this.#lastCode}); ${step.command}` : `exec ${step.command}`);
    if (step.after !== undefined) {
      await until(step.before.join('\n'), () => patternOf(step.before, false).test(running.printed()) || undefined, { state: running.printed });
      running.interrupt();
    }
    const code = await running.ended;
    this.#lastCode = code ?? 1;
    return { printed: running.printed(), code };
  }

  async #typeElsewhere(step: Step, terminal: string): Promise<{ printed: string; code: number | null }> {
    if (step.command === '^C') {
      const running = this.#others.get(terminal);
      running?.interrupt();
      await running?.ended;
      return { printed: '', code: 0 };
    }
    const running = this.#start(`exec ${step.command}`);
    this.#others.set(terminal, running);
    await until(step.before.join('\n'), () => patternOf(step.before, false).test(running.printed()) || undefined, { state: running.printed });
    return { printed: running.printed(), code: 0 };
  }

  #start(command: string): Typed {
    const log = join(this.#folder, `.terminal-${this.#started.length}.log`);
    // one file for both: what is printed keeps its order
    const output = openSync(log, 'a');
    const child = spawn('sh', ['-c', command], { cwd: this.#folder, env: this.#env, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    this.#started.push(child);
    return {
      printed: () => readFileSync(log, 'utf8'),
      interrupt: () => void process.kill(-(child.pid ?? 0), 'SIGINT'),
      ended: once(child, 'close').then(() => child.exitCode),
    };
  }

  /** Ends what still runs; for afterAll. */
  end(): void {
    for (const { pid, exitCode, signalCode } of this.#started) {
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
    }
  }
}
