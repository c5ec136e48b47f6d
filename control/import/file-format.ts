import { copyLine, mappedLine } from './copy-text.ts';
import { checkHeader, checkMappedHeader } from './header.ts';
import { charsetOf, type Encoding } from './mapping/encoding.ts';
import { compileMapping, type MappedRow } from './mapping/map-row.ts';
import type { Mapping } from './mapping/schema.ts';
import type { CsvRecord } from './records.ts';

/** Why a line of a file is no data; each such line is counted under one of these. */
export type SkipRule = 'before_header' | 'header' | 'after_header' | 'blank' | 'repeated_header' | 'continued';

/** What becomes of a record: a line for COPY, text as bytes; or passed over by a rule. */
export type Staged = { readonly line: string } | { readonly skipped: SkipRule };

/** How a file is cut, and how its records become lines of the staging table. */
export interface FileFormat {
  readonly encoding: Encoding;
  readonly delimiter: string;
  /** The line of the header, from 1. */
  readonly headerLine: number;
  /**
   * Takes the header. Throws an OperatorError where it isn't the one of this format.
   * @returns the number of columns, and what stages the records that follow
   */
  readonly open: (fileName: string, names: readonly string[]) => {
    readonly columnCount: number;
    readonly stage: (record: CsvRecord) => Staged;
  };
}

/** The project's own form: `columns` in this order, UTF-8, commas. */
export function ownFormat(columns: readonly string[]): FileFormat {
  return {
    encoding: 'utf-8', delimiter: ',', headerLine: 1,
    open(fileName, names) {
      checkHeader(fileName, names, columns);
      return { columnCount: columns.length, stage: (record) => ({ line: copyLine(record, columns.length) }) };
    },
  };
}

/** What becomes of a record under a mapping, before it is written for COPY. */
type Judged = MappedRow | { readonly skipped: SkipRule };

const defectReasons = {
  QUOTE: () => 'a quote is not closed, or stands inside a column without quotes',
  ENCODING: (encoding: Encoding) => `bytes that are no ${encoding} text`,
  LINE_TOO_LONG: () => 'the line is longer than 16 KiB; its beginning is kept',
};

/** Compiles a mapping for a header that fits it. */
export function judgeRecords(mapping: Mapping, header: readonly string[], columns: readonly string[]): (record: CsvRecord) => Judged {
  const { decode } = charsetOf(mapping.encoding);
  const mapRow = compileMapping(mapping, header, columns);
  const firstLine = mapping.headerLine + 1 + mapping.skip.linesAfterHeader;
  const { blankRows, repeatedHeaders } = mapping.skip;
  return ({ line, fields, defect }) => {
    if (line < firstLine) return { skipped: 'after_header' };
    if (defect !== undefined) {
      return { fault: { rule: defect, column: undefined, reason: defectReasons[defect](mapping.encoding) } };
    }
    const cells = fields.map(decode);
    if (blankRows && cells.every((cell) => cell.trim() === '')) return { skipped: 'blank' };
    if (repeatedHeaders && cells.length === header.length && cells.every((cell, at) => cell.trim() === header[at])) {
      return { skipped: 'repeated_header' };
    }
    return mapRow(cells);
  };
}

/** The form that a mapping describes; `columns` are ours, in the order of the staging table. */
export function mappedFormat(mapping: Mapping, columns: readonly string[]): FileFormat {
  const { encoding, delimiter, headerLine } = mapping;
  const { decode, isText } = charsetOf(encoding);
  return {
    encoding, delimiter, headerLine,
    open(fileName, names) {
      const header = names.map((name) => name.trim());
      checkMappedHeader(fileName, header, mapping.header, mapping.allowOtherColumns);
      const judge = judgeRecords(mapping, header, columns);
      return {
        columnCount: header.length,
        stage(record) {
          const judged = judge(record);
          if ('skipped' in judged) return judged;
          const bytes = record.raw ?? record.fields.join(delimiter);
          // What is no text in the file's encoding is shown as it would be in UTF-8.
          const raw = isText(bytes) ? decode(bytes) : Buffer.from(bytes, 'latin1').toString('utf8');
          return { line: mappedLine(record.line, raw, judged, columns.length) };
        },
      };
    },
  };
}
