import { expect, test } from 'vitest';
import { createTurns } from '../../../api/http/turns.ts';

test('so many run at a time, in their order, and one that fails makes room as well', async () => {
  const inTurn = createTurns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 6 }, () => Promise.withResolvers<number>());
  const all = ends.map(({ promise }, at) => inTurn(() => {
    begun.push(at);
    return promise;
  }));
  const settled = Promise.allSettled(all);
  const end = async (at: number, how: (end: PromiseWithResolvers<number>) => void): Promise<number[]> => {
    const promised = ends[at];
    if (promised !== undefined) how(promised);
    await Promise.allSettled([all[at]]);
    await new Promise(setImmediate);
    return begun;
  };
  await new Promise(setImmediate);
  expect(begun).toEqual([0, 1]);
  expect(await end(1, ({ resolve }) => resolve(1))).toEqual([0, 1, 2]);
  expect(await end(2, ({ reject }) => reject(new Error('none')))).toEqual([0, 1, 2, 3]);
  for (const at of [0, 3, 4, 5]) await end(at, ({ resolve }) => resolve(at));
  expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  // nobody waits, so that as many may begin at once again
  const more = [inTurn(() => Promise.resolve('a')), inTurn(() => Promise.resolve('b'))];
  expect(await Promise.all(more)).toEqual(['a', 'b']);
});
