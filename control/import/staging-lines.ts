import { createHash } from 'node:crypto';
import { copyLine } from './copy-text.ts';
import { checkHeader, refusal } from './header.ts';
import { createSplitter, type CsvRecord, longestRecordBytes, parseLine } from './records.ts';

/** What is known of a file when all of it has gone by. */
export interface FileFacts {
  /** Of its content, decompressed: the same delivery is the same file, however it was packed. */
  sha256: string;
  /** Data lines that were staged. */
  lines: number;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

function checkStart(fileName: string, start: Buffer): void {
  if (start.length === 0) {
    throw refusal(`${fileName} is empty.`, 'It has not even a header line.', 'Fetch the file again.');
  }
  if ((start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff)) {
    throw refusal(
      `${fileName} is UTF-16; nothing of it was loaded.`, 'Its first bytes are the byte order mark of UTF-16.',
      `Convert it: iconv -f UTF-16 -t UTF-8`,
    );
  }
}

/** Checks the header at the start of `bytes` and returns what follows it; undefined: more is needed. */
function afterHeader(
  fileName: string, bytes: Buffer, isLast: boolean, expected: readonly string[],
): Buffer | undefined {
  const newline = bytes.indexOf(10);
  if (newline === -1 && !isLast && bytes.length <= longestRecordBytes) return undefined;
  checkStart(fileName, bytes);
  const start = bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  const end = newline === -1 ? bytes.length : newline;
  checkHeader(fileName, parseLine(bytes.toString('utf8', start, Math.min(end, longestRecordBytes))), expected);
  return bytes.subarray(Math.min(end + 1, bytes.length));
}

/**
 * Turns the content of a file into lines for the staging table, and fills in the facts as it goes.
 * Throws an OperatorError for what makes the file unreadable as a whole; bad lines are staged as such.
 */
export async function* stagingLines(
  fileName: string, content: AsyncIterable<Buffer>, expected: readonly string[], facts: FileFacts,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const splitter = createSplitter(expected.length, 2);
  let head: Buffer | undefined = Buffer.alloc(0);

  const staged = (records: readonly CsvRecord[]): Buffer => {
    facts.lines += records.length;
    return Buffer.from(records.map((record) => copyLine(record, expected.length)).join(''), 'latin1');
  };

  for await (const bytes of content) {
    hash.update(bytes);
    let data = bytes;
    if (head !== undefined) {
      head = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
      const rest = afterHeader(fileName, head, false, expected);
      if (rest === undefined) continue;
      head = undefined;
      data = rest;
    }
    const lines = staged(splitter.push(data));
    if (lines.length > 0) yield lines;
  }
  if (head !== undefined) afterHeader(fileName, head, true, expected);
  yield staged(splitter.end());
  facts.sha256 = hash.digest('hex');
}
