import { isUtf8 } from 'node:buffer';

export const encodings = ['utf-8', 'windows-1252', 'iso-8859-1'] as const;
export type Encoding = (typeof encodings)[number];

const beyondAscii = /[\0\x80-\xff]/;
const windows = new TextDecoder('windows-1252');

/** How the bytes of a file become text. Bytes come as latin1: one character a byte. */
interface Charset {
  /** Whether bytes are text in this encoding. */
  readonly isText: (bytes: string) => boolean;
  readonly decode: (bytes: string) => string;
}

const charsets: Readonly<Record<Encoding, Charset>> = {
  'utf-8': {
    isText: (bytes) => !beyondAscii.test(bytes) || (!bytes.includes('\0') && isUtf8(Buffer.from(bytes, 'latin1'))),
    decode: (bytes) => (beyondAscii.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes),
  },
  'windows-1252': {
    // The five bytes that stand for nothing there.
    isText: (bytes) => !/[\0\x81\x8d\x8f\x90\x9d]/.test(bytes),
    decode: (bytes) => (beyondAscii.test(bytes) ? windows.decode(Buffer.from(bytes, 'latin1')) : bytes),
  },
  'iso-8859-1': {
    // 80 to 9f are control characters there: a text that has them is of another encoding.
    isText: (bytes) => !/[\0\x80-\x9f]/.test(bytes),
    decode: (bytes) => bytes,
  },
};

/** How text in an encoding is read. */
export const charsetOf = (encoding: Encoding): Charset => charsets[encoding];

/** A text as its UTF-8 bytes, one character a byte: what COPY takes. */
export function utf8Bytes(text: string): string {
  return /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
