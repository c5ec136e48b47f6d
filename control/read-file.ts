import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { OperatorError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';

// Files of this machine that a command names.

/** What an operator is told, for whatever reason the file can't be read. */
export const cannotRead = (path: string, error: unknown): OperatorError => new OperatorError(`${path} cannot be read; nothing was done with it.`, {
  detail: error instanceof Error ? error.message : String(error),
  hint: 'Check the name and the rights of the file.',
  exitCode: exitCodes.usage,
  cause: error,
});

/** The text of a small file. */
export const readText = (path: string): Promise<string> => readFile(path, 'utf8').catch((error: unknown) => {
  throw cannotRead(path, error);
});

/** The bytes of a file of any size. Who reads opens it, and so meets its errors: a stream that nobody reads yet would end the process. */
export async function* readBytes(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const piece of createReadStream(path)) yield piece as Buffer;
  } catch (error) {
    throw cannotRead(path, error);
  }
}
