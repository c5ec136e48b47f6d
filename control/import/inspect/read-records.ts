import { readBytes } from '../../read-file.ts';
import { decompress } from '../decompress.ts';
import { charsetOf, type Encoding } from '../mapping/encoding.ts';
import { createSplitter, type CsvRecord } from '../records.ts';
import { headOf } from '../staging-lines.ts';

/** How a file is cut. */
export interface Cut {
  readonly encoding: Encoding;
  readonly delimiter: string;
  readonly headerLine: number;
}

/** The bytes of a file, decompressed where it is compressed. */
export const contentOf = (path: string): AsyncIterable<Buffer> => decompress(path, readBytes(path));

/** Gives the header, then the records in pieces, and at last how many lines there were and how many empty. */
export async function readRecords(
  path: string, cut: Cut, take: (records: readonly CsvRecord[]) => void,
): Promise<{ lines: number; blank: number }> {
  const open = (start: Buffer, isLast: boolean) => headOf(path, start, isLast, {
    ...cut, open: () => { throw new Error('inspect opens no format'); },
  });
  let head = Buffer.alloc(0);
  let splitter: ReturnType<typeof createSplitter> | undefined;
  const begin = (isLast: boolean): Buffer | undefined => {
    const found = open(head, isLast);
    if (found === undefined) return undefined;
    splitter = createSplitter(found.names.length, cut.headerLine + 1, {
      delimiter: cut.delimiter, isText: charsetOf(cut.encoding).isText,
    });
    return head.subarray(found.end);
  };
  for await (const bytes of contentOf(path)) {
    let data: Buffer | undefined = bytes;
    if (splitter === undefined) {
      head = Buffer.concat([head, bytes]);
      data = begin(false);
    }
    if (data !== undefined && splitter !== undefined) take(splitter.push(data));
  }
  if (splitter === undefined) begin(true);
  const ended = splitter as unknown as ReturnType<typeof createSplitter>;
  take(ended.end());
  return ended.counts();
}
