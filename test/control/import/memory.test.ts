import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { importFile } from '../../../control/import/import-file.ts';
import { useDatabase } from '../../support/database.ts';
import { countsOf, premiumHeader } from '../../support/import.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const usedBytes = (): number => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

describe('memory of an import', () => {
  const database = useDatabase();

  /** Imports generated rows as one gzip member a thousand rows; gives the most memory in use on the way. */
  async function peakBytes(rowCount: number, prefix: string): Promise<number> {
    const session = await database.session();
    const pieces = function* (): Generator<Buffer> {
      yield gzipSync(`${premiumHeader}\n`);
      for (let from = 0; from < rowCount; from += 1000) {
        const lines = Array.from({ length: 1000 }, (_, at) =>
          `${prefix}${from + at},9017${at}.100a,WINDSCREEN,2003-01-15,${at}.50,EUR,"Paris area"\n`);
        yield gzipSync(lines.join(''));
      }
    };
    const before = usedBytes();
    let most = 0;
    let looks = 0;
    const outcome = await importFile(session, 'PREMIUM', { name: prefix, stream: Readable.from(pieces()) }, {
      onProgress: () => {
        looks += 1;
        if (looks % Math.ceil(rowCount / 20_000) === 0) most = Math.max(most, usedBytes() - before);
      },
    });
    expect(countsOf(outcome)).toMatchObject({ lines: rowCount, loaded: rowCount });
    return most;
  }

  test('does not grow with the file', async () => {
    await peakBytes(20_000, 'warm');
    const small = await peakBytes(30_000, 'small');
    const large = await peakBytes(300_000, 'large');
    // Ten times the rows, 24 MB of text: what grew with the file would show as at least as much.
    expect(large - small).toBeLessThan(8 * 1024 ** 2);
    // A limit for what hangs: a shared machine took 70 s.
  }, 600_000);
});
