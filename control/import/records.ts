import { charsetOf } from './mapping/encoding.ts';

/** Why a line is no row at all, whatever its columns say. */
type Defect = 'QUOTE' | 'ENCODING' | 'LINE_TOO_LONG';

/** A row of the file, or a line that is none. Texts are bytes as latin1: one character a byte. */
export interface CsvRecord {
  /** Number of its first line in the file; 1 is the header. */
  readonly line: number;
  readonly fields: readonly string[];
  readonly defect?: Defect;
  /** The bytes as they came, where joining the fields with commas doesn't give them. */
  readonly raw?: string;
  /** Nothing in it needs escaping, in CSV or elsewhere: what nearly all lines are. */
  readonly isPlain?: boolean;
}

export interface Splitter {
  /** Takes the next bytes and gives the records that they complete. */
  readonly push: (bytes: Buffer) => CsvRecord[];
  /** Gives what is left when no more bytes come. */
  readonly end: () => CsvRecord[];
  /** Lines so far, and how many of them were empty. Right when all has come. */
  readonly counts: () => { readonly lines: number; readonly blank: number };
}

/** What a file's own form may change about it. */
interface SplitOptions {
  /** Between columns; one ASCII character. */
  readonly delimiter?: string;
  /** Whether bytes, one character each, are text. */
  readonly isText?: (bytes: string) => boolean;
}

/** Columns hold at most 200 characters; a longer line than this is no row, and never needs the memory. */
export const longestRecordBytes = 16_384;

const needsCare = /["\\\t\r\0\x80-\xff]/;

type Parsed = { readonly fields: string[]; readonly end: number } | 'broken' | 'unfinished';

/** The quoted field that starts at `start`: its value, and where its closing quote ends. */
function parseQuoted(text: string, start: number): { value: string; end: number } | undefined {
  let value = '';
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return undefined;
    if (text[quote + 1] !== '"') return { value: value + text.slice(from, quote), end: quote + 1 };
    value += text.slice(from, quote + 1);
    from = quote + 2;
  }
}

function endOfPlain(text: string, start: number, delimiter: string): number {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n') end += 1;
  return text[end] !== delimiter && text[end - 1] === '\r' && end > start ? end - 1 : end;
}

/** RFC 4180, strictly: quotes enclose a whole field or are no quotes. */
function parseRecord(text: string, isWhole: boolean, delimiter: string): Parsed {
  const fields: string[] = [];
  for (let at = 0; ; at += 1) {
    if (text[at] === '"') {
      const quoted = parseQuoted(text, at);
      if (quoted === undefined) return isWhole ? 'broken' : 'unfinished';
      fields.push(quoted.value);
      at = quoted.end;
    } else {
      const end = endOfPlain(text, at, delimiter);
      const value = text.slice(at, end);
      if (value.includes('"')) return 'broken';
      fields.push(value);
      at = end;
    }
    if (text[at] === delimiter) continue;
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') return { fields, end: at + 1 };
    if (at < text.length) return 'broken';
    return isWhole ? { fields, end: at } : 'unfinished';
  }
}

/** The columns of one line, such as a header; where its quotes are no quotes, the line cut at delimiters. */
export function parseLine(line: string, delimiter = ','): string[] {
  const parsed = parseRecord(line, true, delimiter);
  return typeof parsed === 'object' ? parsed.fields : line.split(delimiter);
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/**
 * Cuts a CSV stream into records and knows the line of each, in memory that doesn't grow with the
 * file. A quote that makes no row of `columnCount` columns costs its own line only: the next line is
 * read afresh, or one stray quote would swallow the rows up to the next. Empty lines are no records.
 */
export function createSplitter(columnCount: number, firstLine: number, options: SplitOptions = {}): Splitter {
  const { delimiter = ',', isText = charsetOf('utf-8').isText } = options;
  let blank = 0;
  let rest = '';
  let line = firstLine;
  let isSkipping = false;

  // Reads the record at `start`; undefined when its end hasn't come yet.
  function take(text: string, start: number, isLast: boolean, out: CsvRecord[]): number | undefined {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    if (end - start > longestRecordBytes) {
      out.push({ line, fields: [], defect: 'LINE_TOO_LONG', raw: text.slice(start, start + longestRecordBytes) });
      isSkipping = newline === -1;
    } else if (newline === -1 && !isLast) {
      return undefined;
    } else {
      const bytes = text.slice(start, end);
      if (!needsCare.test(bytes)) {
        if (bytes === '') blank += 1;
        else out.push({ line, fields: bytes.split(delimiter), isPlain: true });
      } else if (bytes.includes('"')) {
        return takeQuoted(text, start, end, isLast, out);
      } else {
        const row = withoutReturn(bytes);
        if (!isText(row)) out.push({ line, fields: [], defect: 'ENCODING', raw: row });
        else if (row === '') blank += 1;
        else out.push({ line, fields: row.split(delimiter) });
      }
    }
    line += 1;
    return Math.min(end + 1, text.length);
  }

  function takeQuoted(
    text: string, start: number, end: number, isLast: boolean, out: CsvRecord[],
  ): number | undefined {
    const window = text.slice(start, start + longestRecordBytes);
    const hasAll = start + window.length === text.length;
    const parsed = parseRecord(window, hasAll && isLast, delimiter);
    if (parsed === 'unfinished' && hasAll) return undefined;
    const isRow = typeof parsed === 'object'
      && (start + parsed.end <= end + 1 || parsed.fields.length === columnCount);
    const next = isRow ? start + parsed.end : Math.min(end + 1, text.length);
    const raw = withoutReturn(text.slice(start, next).replace(/\n$/, ''));
    if (!isText(raw)) out.push({ line, fields: [], defect: 'ENCODING', raw });
    else if (isRow) out.push({ line, fields: parsed.fields, raw });
    else out.push({ line, fields: [], defect: 'QUOTE', raw });
    line += countLines(text.slice(start, next)) + (text[next - 1] === '\n' ? 0 : 1);
    return next;
  }

  function split(text: string, isLast: boolean): CsvRecord[] {
    const out: CsvRecord[] = [];
    let at = 0;
    while (at < text.length) {
      const next = take(text, at, isLast, out);
      if (next === undefined) break;
      at = next;
    }
    // Copied, not sliced: a slice would keep all of the text before it alive.
    rest = isSkipping ? '' : Buffer.from(text.slice(at), 'latin1').toString('latin1');
    return out;
  }

  return {
    push(bytes) {
      let start = 0;
      if (isSkipping) {
        const newline = bytes.indexOf(10);
        if (newline === -1) return [];
        isSkipping = false;
        start = newline + 1;
      }
      return split(rest + bytes.toString('latin1', start), false);
    },
    end: () => split(rest, true),
    counts: () => ({ lines: line - firstLine, blank }),
  };
}
