// Prints the closing line of a test run from vitest's JSON report.
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: test-counts.ts REPORT');

const report = z
  .object({
    numPassedTests: z.int(),
    numFailedTests: z.int(),
    numPendingTests: z.int(),
    numTodoTests: z.int(),
    testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
  })
  .parse(JSON.parse(readFileSync(file, 'utf8')));

// A file that fails before its first test counts as one failure: vitest counts none for it.
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
).length;
const skipped = report.numPendingTests + report.numTodoTests;
console.log(
  `${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed` +
    (skipped > 0 ? `, ${skipped} skipped` : ''),
);
