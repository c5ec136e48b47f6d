import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { errno } from '../errors.ts';
import { refusal } from './header.ts';

const isGzip = (start: Buffer): boolean => start[0] === 0x1f && start[1] === 0x8b;

async function* startingWith(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* inflate(fileName: string, compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const pumping = pipeline(compressed, gunzip);
  // The loop below meets the same error; this promise must not be left without a listener meanwhile.
  pumping.catch(() => undefined);
  try {
    for await (const bytes of gunzip) yield bytes as Buffer;
    await pumping;
  } catch (error) {
    if (!/^Z_/.test(errno(error) ?? '')) throw error;
    throw refusal(
      `${fileName} is damaged; nothing of it was loaded.`,
      `Its gzip data cannot be read to the end: ${error instanceof Error ? error.message : String(error)}.`,
      'Fetch the file again: it may be cut off. gzip -t tells whether it is whole.',
      error,
    );
  }
}

/** The content of a file that may be gzip; its first bytes say so, whatever its name. */
export async function* decompress(fileName: string, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < 2) {
    const next = await iterator.next();
    if (next.done) break;
    start = start.length === 0 ? next.value as Buffer<ArrayBuffer> : Buffer.concat([start, next.value]);
  }
  const content = startingWith(start, iterator);
  yield* isGzip(start) ? inflate(fileName, content) : content;
}
