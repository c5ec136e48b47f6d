import { createHash } from 'node:crypto';
import type { FileFormat, SkipRule, Staged } from './file-format.ts';
import { refusal } from './header.ts';
import { charsetOf } from './mapping/encoding.ts';
import { createSplitter, type CsvRecord, longestRecordBytes, parseLine, type Splitter } from './records.ts';

/** What is known of a file when all of it has gone by. */
export interface FileFacts {
  /** Of its content, decompressed: the same delivery is the same file, however it was packed. */
  sha256: string;
  /** Rows that were staged. */
  lines: number;
  /** Lines that are no rows, by the rule that says so: with the rows they are all lines of the file. */
  skipped: Partial<Record<SkipRule, number>>;
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

/** What of the start of a file comes before its data, when enough of it is there. */
export function headOf(fileName: string, bytes: Buffer, isLast: boolean, format: FileFormat): { names: string[]; end: number } | undefined {
  let start = bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  for (let line = 1; ; line += 1) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    if (newline === -1 && !isLast && end - start <= longestRecordBytes) return undefined;
    if (line === 1) checkStart(fileName, bytes);
    if (line < format.headerLine && newline !== -1) {
      start = newline + 1;
      continue;
    }
    if (line < format.headerLine) {
      throw refusal(`${fileName} has no header; nothing of it was loaded.`,
        `The mapping looks for it in line ${format.headerLine}, and the file ${isLast ? 'ends before' : 'has a line of more than 16 KiB before'}.`,
        'Check headerLine of the mapping.');
    }
    const text = charsetOf(format.encoding).decode(bytes.toString('latin1', start, Math.min(end, start + longestRecordBytes)));
    return { names: parseLine(text, format.delimiter), end: Math.min(end + 1, bytes.length) };
  }
}

interface Opened {
  readonly splitter: Splitter;
  readonly stage: (record: CsvRecord) => Staged;
}

function openFile(fileName: string, format: FileFormat, names: readonly string[]): Opened {
  const { delimiter, encoding, headerLine } = format;
  const { columnCount, stage } = format.open(fileName, names);
  return { stage, splitter: createSplitter(columnCount, headerLine + 1, { delimiter, isText: charsetOf(encoding).isText }) };
}

/**
 * Turns the content of a file into lines for the staging table, and fills in the facts as it goes.
 * Throws an OperatorError for what makes the file unreadable as a whole; bad lines are staged as such.
 */
export async function* stagingLines(
  fileName: string, content: AsyncIterable<Buffer>, format: FileFormat, facts: FileFacts,
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let head = Buffer.alloc(0);
  let opened: Opened | undefined;
  let records = 0;

  const staged = (found: readonly CsvRecord[], stage: Opened['stage']): Buffer => {
    let lines = '';
    for (const record of found) {
      const result = stage(record);
      if ('line' in result) {
        lines += result.line;
        facts.lines += 1;
      } else facts.skipped[result.skipped] = (facts.skipped[result.skipped] ?? 0) + 1;
    }
    records += found.length;
    return Buffer.from(lines, 'latin1');
  };
  const open = (isLast: boolean): Buffer | undefined => {
    const found = headOf(fileName, head, isLast, format);
    if (found === undefined) return undefined;
    opened = openFile(fileName, format, found.names);
    return head.subarray(found.end);
  };

  for await (const bytes of content) {
    hash.update(bytes);
    let data = bytes;
    if (opened === undefined) {
      head = head.length === 0 ? bytes as Buffer<ArrayBuffer> : Buffer.concat([head, bytes]);
      const rest = open(false);
      if (rest === undefined) continue;
      data = rest;
    }
    const { splitter, stage } = opened as unknown as Opened;
    const lines = staged(splitter.push(data), stage);
    if (lines.length > 0) yield lines;
  }
  if (opened === undefined) open(true);
  const { splitter, stage } = opened as unknown as Opened;
  yield staged(splitter.end(), stage);
  const { lines, blank } = splitter.counts();
  noteSkipped(facts, format.headerLine, blank, lines - blank - records);
  facts.sha256 = hash.digest('hex');
}

/** Counts the lines that are no records: what stands before the data, empty lines, and the further lines of records. */
function noteSkipped(facts: FileFacts, headerLine: number, blank: number, continued: number): void {
  const add = (rule: SkipRule, lines: number): void => {
    if (lines > 0) facts.skipped[rule] = (facts.skipped[rule] ?? 0) + lines;
  };
  add('before_header', headerLine - 1);
  add('header', 1);
  add('blank', blank);
  add('continued', continued);
}
