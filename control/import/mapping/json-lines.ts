// Where the parts of a JSON text stand: its errors are to name a line.

/** A path within a JSON value, such as `columns.amount.from`. */
export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** The places of a JSON text that JSON.parse has taken. */
interface JsonPlaces {
  /** The line of a path, or of its nearest parent that is there. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
  /** Keys that stand twice in one object: JSON.parse would silently keep the last. */
  readonly duplicates: readonly { readonly path: string; readonly line: number }[];
}

/** Notes the line of each key and element. The text must be valid JSON. */
export function findPlaces(text: string): JsonPlaces {
  const lines = new Map<string, number>();
  const duplicates: { path: string; line: number }[] = [];
  let at = 0;
  let line = 1;

  const skipSpace = (): void => {
    for (; /\s/.test(text[at] ?? ''); at += 1) if (text[at] === '\n') line += 1;
  };
  const readString = (): string => {
    const start = at;
    for (at += 1; text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
    at += 1;
    return JSON.parse(text.slice(start, at)) as string;
  };
  function members(close: string, path: readonly PropertyKey[], isObject: boolean): void {
    at += 1;
    skipSpace();
    for (let index = 0; text[at] !== close; index += 1) {
      const keyLine = line;
      const key = isObject ? readString() : index;
      const inner = [...path, key];
      if (lines.has(pathText(inner))) duplicates.push({ path: pathText(inner), line: keyLine });
      lines.set(pathText(inner), keyLine);
      if (isObject) {
        skipSpace();
        at += 1;
      }
      walk(inner);
      skipSpace();
      if (text[at] === ',') at += 1;
      skipSpace();
    }
    at += 1;
  }
  function walk(path: readonly PropertyKey[]): void {
    skipSpace();
    if (text[at] === '{') members('}', path, true);
    else if (text[at] === '[') members(']', path, false);
    else if (text[at] === '"') readString();
    else while (/[^\s,\]}]/.test(text[at] ?? ',')) at += 1;
  }
  walk([]);
  return {
    duplicates,
    lineOf(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const found = lines.get(pathText(path.slice(0, length)));
        if (found !== undefined) return found;
      }
      return 1;
    },
  };
}
