import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectFolder } from '../../control/config.ts';
import { copyProject, patternOf, stepsOf, Terminals } from '../support/console.ts';
import { type GuardedHome, guardedHome } from '../support/home.ts';

// What the consoles of these documents show, word by word, in a fresh copy of the project. Only the port is another, as 8080
// may be taken. Blocks that are no console (psql that asks for statements, HTTP in the README) are not run.

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return String(port);
}

describe.each(['docs/guide.md', 'README.md'])('%s', (file) => {
  const folder = mkdtempSync('/tmp/monthend-docs-');
  let place: GuardedHome;
  let terminals: Terminals;
  let port: string;

  beforeAll(async () => {
    copyProject(folder);
    place = guardedHome();
    port = await freePort();
    terminals = new Terminals(folder, { PATH: process.env.PATH, HOME: process.env.HOME, MONTHEND_HOME: place.home });
  });
  afterAll(async () => {
    terminals.end();
    await place.release();
    rmSync(folder, { recursive: true, force: true });
  });

  const withPort = (text: string): string => text.replaceAll('8080', port);

  for (const step of stepsOf(readFileSync(join(projectFolder, file), 'utf8'))) {
    const name = `${step.command}${step.terminal === undefined ? '' : ` (${step.terminal} terminal)`}`;
    if (step.isByHand) {
      test.skip(`${name} is left to the reader`);
      continue;
    }
    test(name, async () => {
      const { printed, code } = await terminals.type({ ...step, command: withPort(step.command), before: step.before.map(withPort) });
      const shown = [...step.before, ...(step.after ?? [])].map(withPort);
      if (step.terminal !== undefined) return;
      if (shown.length > 0) expect(printed).toMatch(patternOf(shown));
      if (step.after === undefined) expect({ code, printed }).toMatchObject({ code: 0 });
    }, 300_000);
  }
});
