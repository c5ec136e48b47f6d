import { OperatorError } from '../../errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { readText } from '../../read-file.ts';
import { findPlaces, pathText } from './json-lines.ts';
import { type Mapping, mappingSchema } from './schema.ts';

function wrong(fileName: string, problems: readonly string[], cause?: unknown): OperatorError {
  return new OperatorError(`${fileName} is no mapping; nothing was imported.`, {
    detail: problems.join('\n         '),
    hint: 'docs/imports.md describes the fields; ./monthend import inspect FILE proposes a mapping.',
    exitCode: exitCodes.usage,
    cause,
  });
}

/** Reads the text of a mapping. Throws an OperatorError that names line and field of all that is wrong. */
export function parseMapping(fileName: string, text: string): Mapping {
  const content = text.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw wrong(fileName, [error instanceof Error ? error.message : String(error)], error);
  }
  const places = findPlaces(content);
  if (places.duplicates.length > 0) {
    throw wrong(fileName, places.duplicates.map(({ path, line }) => `line ${line}, ${path}: stands twice`));
  }
  const parsed = mappingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrong(fileName, parsed.error.issues.flatMap((issue) => {
    const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    const message = issue.code === 'unrecognized_keys' ? 'is no field of a mapping' : issue.message;
    return paths.map((path) => `line ${places.lineOf(path)}, ${pathText(path) || '(the whole)'}: ${message}`);
  }));
}

/** Reads a mapping file. */
export async function readMapping(path: string): Promise<Mapping> {
  return parseMapping(path, await readText(path));
}
