import { describe, expect, test } from 'vitest';
import { addRange, type Cursor, hasEvent, includes, readCursor, settle, union, writeCursor } from '../../../api/live/event-cursor.ts';
import { type Feed, type FeedEntry, type Feeds, withId } from '../../../api/live/event-feed.ts';
import { batchEvents } from '../../../api/live/events.ts';
import { chances } from '../../support/fuzz.ts';

const cursorOf = (ids: readonly number[], settled = 0): Cursor => {
  const cursor: Cursor = { settled: BigInt(settled), ranges: [] };
  for (const id of ids) addRange(cursor, BigInt(id));
  return cursor;
};

describe('a cursor', () => {
  test.each([
    [[], 0, '0'], [[1, 2, 3], 0, '0+1-3'], [[5, 3, 4, 9], 2, '2+3-5+9'], [[1, 2], 7, '7'], [[9, 7, 8, 12, 11], 6, '6+7-9+11-12'], [[4, 4, 4], 0, '0+4'],
  ])('of %j above %i is the text %s, and back', (ids, settled, text) => {
    const cursor = cursorOf(ids, settled);
    expect(writeCursor(cursor)).toBe(text);
    expect(readCursor(text)).toEqual(cursor);
  });

  test('has what was added or is settled, and nothing else', () => {
    const chance = chances(7);
    for (let round = 0; round < 200; round += 1) {
      const settled = chance.below(20);
      const ids = Array.from({ length: chance.below(40) }, () => chance.below(60));
      const cursor = cursorOf(ids, settled);
      const other = cursorOf(Array.from({ length: chance.below(40) }, () => chance.below(60)), chance.below(20));
      const later = settled + chance.below(30);
      const moved = cursorOf(ids, settled);
      settle(moved, BigInt(later));
      const both = union(cursor, other);
      for (let id = 0; id < 70; id += 1) {
        expect(hasEvent(cursor, BigInt(id))).toBe(id <= settled || ids.includes(id));
        expect(hasEvent(moved, BigInt(id))).toBe(id <= later || ids.includes(id));
        expect(hasEvent(both, BigInt(id))).toBe(hasEvent(cursor, BigInt(id)) || hasEvent(other, BigInt(id)));
      }
      expect(includes(both, cursor) && includes(both, other)).toBe(true);
      const hasAll = Array.from({ length: 70 }, (_, id) => BigInt(id)).every((id) => !hasEvent(other, id) || hasEvent(cursor, id));
      expect(includes(cursor, other)).toBe(hasAll);
    }
  });

  test.each(['', 'x', '-1', '1+', '1+2-', '1e3', '9'.repeat(30), `0${'+1'.repeat(600)}`])('what is none of ours is the beginning: %s', (text) => {
    expect(readCursor(text)).toEqual({ settled: 0n, ranges: [] });
  });

  test('one too long to be sent back is not given', () => {
    expect(writeCursor(cursorOf(Array.from({ length: 501 }, (_, at) => at * 2 + 1)))).toBeUndefined();
  });
});

/** What a service has that read these events in this order; some of them settled as it went on. */
function feedOf(order: readonly number[], settledAfter: (at: number) => number): Feed {
  const cursor: Cursor = { settled: 0n, ranges: [] };
  const entries = order.map((id, at): FeedEntry => {
    addRange(cursor, BigInt(id));
    settle(cursor, BigInt(settledAfter(at)));
    const text = `event: TEST\ndata: ${id}\n\n`;
    const written = writeCursor(cursor);
    return { id: BigInt(id), text, cursor: written, bytes: Buffer.from(withId(written, text)) };
  });
  return { entries, end: () => '' };
}

/** What a client is sent: data and id of each event. */
function sentBy(feed: Feed, lastEventId: string): { data: number; id: string }[] {
  const feeds: Feeds = { join: () => ({ feed, leave: () => undefined }), stop: () => undefined };
  const { next } = batchEvents(feeds, { batchId: '', ledgerId: 1 }, lastEventId)(() => undefined);
  let text = '';
  for (let bytes = next(); bytes instanceof Uint8Array; bytes = next()) text += Buffer.from(bytes).toString();
  return [...text.matchAll(/^id: (.*)\nevent: TEST\ndata: (\d+)$/gm)].map(([, id = '', data]) => ({ data: Number(data), id }));
}

test('wherever a client is cut off, and whichever service it comes back to, each event comes once', () => {
  const chance = chances(11);
  for (let round = 0; round < 150; round += 1) {
    const count = 1 + chance.below(30);
    // numbers with gaps, in an order of commits that no two services need have seen alike
    const ids = Array.from({ length: count }, (_, at) => at * (1 + (round % 3)) + 1);
    const shuffled = (): number[] => ids.map((id) => ({ id, at: id + chance.below(8) })).toSorted((a, b) => a.at - b.at).map(({ id }) => id);
    const settledOf = (order: readonly number[]) => (at: number): number => {
      const missing = order.slice(at + 1);
      return chance.below(2) === 0 || missing.length === 0 ? 0 : Math.min(...missing) - 1;
    };
    const got: number[] = [];
    let last = '';
    for (let visit = 0; visit < 4; visit += 1) {
      const order = shuffled();
      const sent = sentBy(feedOf(order, settledOf(order)), last);
      const kept = sent.slice(0, visit === 3 ? undefined : chance.below(sent.length + 1));
      got.push(...kept.map(({ data }) => data));
      last = kept.at(-1)?.id ?? last;
    }
    expect(got.toSorted((a, b) => a - b), `round ${round}`).toEqual(ids);
  }
});
