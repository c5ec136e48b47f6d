// Checks every file of db/ against the rules; prints what is wrong and ends with 1 if anything is.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judge } from './sql-rules.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const folders = [
  { folder: 'db/migrations', kind: 'migration' },
  { folder: 'db/functions', kind: 'function' },
  { folder: 'db/partitions', kind: 'function' },
] as const;

let files = 0;
let problems = 0;
const firstPlace = new Map<string, string>();

for (const { folder, kind } of folders) {
  const names = readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((each) => each.endsWith('.sql')).toSorted()) {
    const path = `${folder}/${name}`;
    const text = readFileSync(join(project, path), 'utf8');
    const verdict = await judge(text, kind, basename(name, '.sql'));
    const found = [...verdict.problems];
    if (verdict.object !== undefined) {
      const before = firstPlace.get(verdict.object);
      if (before !== undefined) found.push(`${verdict.object} is made in ${before} as well`);
      firstPlace.set(verdict.object, path);
    }
    for (const problem of found) console.error(`${path}: ${problem}`);
    files += 1;
    problems += found.length;
  }
}

console.log(`SQL lint: ${files} files, ${problems} problems`);
process.exitCode = problems === 0 && files > 0 ? 0 : 1;
