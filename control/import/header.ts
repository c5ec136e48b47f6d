import { OperatorError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

/** A file that was refused as a whole: nothing of it was loaded. */
export function refusal(message: string, detail: string, hint: string, cause?: unknown): OperatorError {
  return new OperatorError(message, { detail, hint, exitCode: exitCodes.validation, cause });
}

const quoteName = (name: string): string => (name === '' ? '(empty)' : name.slice(0, 60));

/** Names of columns for an error, as many as can be read. */
export const columnList = (names: readonly string[]): string => names.map(quoteName).join(', ').slice(0, 1_000);

function differences(names: readonly string[], expected: readonly string[]): string[] {
  const missing = expected.filter((name) => !names.includes(name));
  const unknown = names.filter((name) => !expected.includes(name));
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))];
  if (missing.length === expected.length) return [`the first line is no header: ${columnList(names).slice(0, 200)}`];
  const found = [
    ...(missing.length > 0 ? [`missing: ${columnList(missing)}`] : []),
    ...(unknown.length > 0 ? [`unknown: ${columnList(unknown)}`] : []),
    ...(twice.length > 0 ? [`more than once: ${columnList(twice)}`] : []),
  ];
  return found.length > 0 ? found : [`in another order: ${columnList(names)}`];
}

/** Throws an OperatorError that names what differs, unless the names are the expected ones in order. */
export function checkHeader(fileName: string, names: readonly string[], expected: readonly string[]): void {
  if (names.length === expected.length && names.every((name, at) => name === expected[at])) return;
  throw refusal(
    `The header of ${fileName} is not the expected one; nothing of it was loaded.`,
    differences(names, expected).join('; '),
    `The first line must be: ${expected.join(',')}`,
  );
}

/** The same for a mapping: columns may stand in any order; others only where the mapping allows them. */
export function checkMappedHeader(
  fileName: string, names: readonly string[], expected: readonly string[], allowsOthers: boolean,
): void {
  const missing = expected.filter((name) => !names.includes(name));
  const unexpected = allowsOthers ? [] : names.filter((name) => !expected.includes(name));
  const twice = [...new Set(names.filter((name, at) => expected.includes(name) && names.indexOf(name) !== at))];
  if (missing.length + unexpected.length + twice.length === 0) return;
  const found = { missing, unexpected, 'more than once': twice };
  throw refusal(
    `The header of ${fileName} is not that of the mapping; nothing of it was loaded.`,
    Object.entries(found).flatMap(([what, columns]) => (columns.length > 0 ? [`${what}: ${columnList(columns)}`] : [])).join('; '),
    'Take the mapping of this layout, or make one: ./monthend import inspect FILE proposes it.',
  );
}
