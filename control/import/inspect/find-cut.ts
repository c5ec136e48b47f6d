import { headOf } from '../staging-lines.ts';
import { charsetOf } from '../mapping/encoding.ts';
import { parseLine } from '../records.ts';
import { contentOf, type Cut } from './read-records.ts';

// How a file is cut: encoding by all of its bytes, delimiter and header by its first lines.

const sampleBytes = 65_536;
const sampleLines = 200;
const delimiters = [',', ';', '\t', '|', ':'] as const;

export interface FoundCut extends Cut {
  readonly header: readonly string[];
  readonly notes: readonly string[];
}

function modeOf(counts: readonly number[]): { count: number; lines: number } {
  const lines = new Map<number, number>();
  for (const count of counts) lines.set(count, (lines.get(count) ?? 0) + 1);
  const [first = [1, 0]] = [...lines].filter(([count]) => count > 1).sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  return { count: first[0] ?? 1, lines: first[1] ?? 0 };
}

function delimiterOf(lines: readonly string[]): { delimiter: string; columnCount: number } {
  const found = delimiters.map((delimiter) => ({ delimiter, ...modeOf(lines.map((line) => parseLine(line, delimiter).length)) }));
  // A stable sort: of equals the usual one.
  const [best] = found.toSorted((a, b) => b.lines - a.lines);
  return { delimiter: best?.delimiter ?? ',', columnCount: best?.count ?? 1 };
}

const looksLikeName = (text: string): boolean => text.trim() !== '' && !/^[\s\d.,:/$€£+-]+$/.test(text);

function headerLineOf(lines: readonly string[], delimiter: string, columnCount: number): number | undefined {
  const at = lines.findIndex((line) => {
    const names = parseLine(line, delimiter).map((name) => name.trim());
    return names.length === columnCount && names.every(looksLikeName) && new Set(names).size === names.length;
  });
  return at === -1 ? undefined : at + 1;
}

/** Reads all of a file once. Throws an OperatorError where it is empty, UTF-16 or damaged. */
export async function findCut(path: string): Promise<FoundCut> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isUtf8 = true;
  let start = Buffer.alloc(0);
  for await (const bytes of contentOf(path)) {
    if (start.length < sampleBytes) start = Buffer.concat([start, bytes]);
    try {
      if (isUtf8) decoder.decode(bytes, { stream: true });
    } catch {
      isUtf8 = false;
    }
  }
  try {
    if (isUtf8) decoder.decode();
  } catch {
    isUtf8 = false;
  }
  const notes = isUtf8 ? [] : ['encoding: the file is no UTF-8; windows-1252 is assumed: look at letters with accents in the preview'];
  const encoding = isUtf8 ? 'utf-8' : 'windows-1252';
  const text = charsetOf(encoding).decode(start.subarray(0, sampleBytes).toString('latin1')).replace(/^\uFEFF/, '');
  const lines = text.split('\n').slice(0, sampleLines).map((line) => line.replace(/\r$/, ''));
  const { delimiter, columnCount } = delimiterOf(lines.filter((line) => line !== ''));
  const found = headerLineOf(lines, delimiter, columnCount);
  if (found === undefined) notes.push('headerLine: no line looks like a header; the first is assumed. A file without one can\'t be mapped');
  const cut = { encoding, delimiter, headerLine: found ?? 1 } as const;
  const head = headOf(path, start, true, { ...cut, open: () => { throw new Error('inspect opens no format'); } });
  return { ...cut, header: (head?.names ?? []).map((name) => name.trim()), notes };
}
