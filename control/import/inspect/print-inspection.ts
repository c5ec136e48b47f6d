import { formatTable } from '../../output/table.ts';
import type { Inspection } from './inspect-file.ts';

/** What `import inspect --json` prints: schema `monthend.import-inspect/1`. */
export const inspectionJson = (inspection: Inspection): object => ({ schema: 'monthend.import-inspect/1', ...inspection });

/** The mapping on stdout, to be kept; all else on stderr. */
export function printInspection({ file, mapping, notes, columns, preview, lines, fit, refused, skipped }: Inspection): void {
  console.log(JSON.stringify(mapping, null, 2));
  for (const note of notes) console.error(`NOTE: ${note}`);
  console.error(formatTable(['line', ...columns], preview.map(({ line, values, fault }) =>
    [String(line), ...(values ?? [`${fault?.column ?? ''}: ${fault?.reason ?? ''}`])])));
  const passedOver = Object.entries(skipped).map(([rule, count]) => `${count} ${rule}`).join(', ');
  console.error(`${file}: ${lines} lines: ${fit} would fit, ${refused.reduce((total, { rows }) => total + rows, 0)} be kept aside, passed over: ${passedOver}`);
  for (const { rule, column, rows, first } of refused) console.error(`  ${rows} ${rule}${column === '' ? '' : ` in ${column}`}, first in ${first}`);
}
