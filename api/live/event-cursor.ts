/**
 * Which events a client has. Numbers are given out before their transactions commit, so a lower one may
 * come after a higher one: all up to `settled` were sent or will never be, of the others those in `ranges`.
 * As text, `120` or `120+123+125-190`, it is the id of an SSE event.
 */
export interface Cursor {
  settled: bigint;
  /** Ascending, apart from each other, above `settled`; both ends belong to them. */
  ranges: [from: bigint, to: bigint][];
}

const longest = 500;
const form = new RegExp(`^\\d{1,18}(\\+\\d{1,18}(-\\d{1,18})?){0,${longest}}$`);

/** A cursor from the text of Last-Event-ID; the beginning where it is none of ours. */
export function readCursor(text: string): Cursor {
  const cursor: Cursor = { settled: 0n, ranges: [] };
  if (!form.test(text)) return cursor;
  const [settled = '0', ...ranges] = text.split('+');
  cursor.settled = BigInt(settled);
  for (const range of ranges) {
    const [from = '', to = from] = range.split('-');
    addRange(cursor, BigInt(from), BigInt(to));
  }
  return cursor;
}

/** The other way round; undefined where it would be too long to be sent back. */
export function writeCursor({ settled, ranges }: Cursor): string | undefined {
  if (ranges.length > longest) return undefined;
  return [settled, ...ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`))].join('+');
}

/** Whether a client has an event. */
export const hasEvent = ({ settled, ranges }: Cursor, id: bigint): boolean =>
  id <= settled || ranges.some(([from, to]) => from <= id && id <= to);

/** Adds events from one number to another, all of which the client has. */
export function addRange(cursor: Cursor, from: bigint, to: bigint = from): void {
  const last = cursor.ranges.at(-1);
  // most come in order
  if (last !== undefined && last[1] + 1n === from && to >= from) {
    last[1] = to;
    return;
  }
  cursor.ranges = normal([...cursor.ranges, [from, to]], cursor.settled);
}

/** All up to a number were sent, or will never be. */
export function settle(cursor: Cursor, id: bigint): void {
  if (id <= cursor.settled) return;
  cursor.settled = id;
  cursor.ranges = normal(cursor.ranges, id);
}

/** What either has. */
export function union(one: Cursor, other: Cursor): Cursor {
  const settled = one.settled > other.settled ? one.settled : other.settled;
  return { settled, ranges: normal([...one.ranges, ...other.ranges], settled) };
}

/** Whether one has all that the other has. */
export const includes = (one: Cursor, other: Cursor): boolean =>
  one.settled >= other.settled && normal(other.ranges, one.settled).every(([from, to]) =>
    one.ranges.some(([low, high]) => low <= from && to <= high));

/** Ranges in order, joined where they touch, without what is settled. */
function normal(ranges: Cursor['ranges'], settled: bigint): Cursor['ranges'] {
  const joined: Cursor['ranges'] = [];
  const above = ranges.filter(([from, to]) => from <= to && to > settled)
    .map(([from, to]): [bigint, bigint] => [from > settled ? from : settled + 1n, to]).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [from, to] of above) {
    const last = joined.at(-1);
    if (last === undefined || from > last[1] + 1n) joined.push([from, to]);
    else if (to > last[1]) last[1] = to;
  }
  return joined;
}
