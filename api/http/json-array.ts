import type { Actor } from '../../control/database/access.ts';
import { openActing, type Pools } from '../pools.ts';
import type { Answer } from '../routes/route.ts';

const encoder = new TextEncoder();

/**
 * A JSON array whose elements are read from the database as the client takes them, in memory that doesn't
 * grow with the list. What goes wrong before the first page is thrown; later the answer is cut off.
 */
export async function streamArray(
  pools: Pools, actor: Actor, pagesOf: NonNullable<Answer['pages']>, onFault: (error: unknown) => void,
): Promise<ReadableStream<Uint8Array>> {
  const { client, release } = await openActing(pools.transfers, actor);
  const pages: AsyncGenerator<readonly unknown[], unknown> = pagesOf(client);
  const first = await pages.next().catch(async (error: unknown) => {
    await release(error);
    throw error;
  });
  let taken: typeof first | undefined = first;
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode('[')),
    async pull(controller) {
      try {
        const isFirst = taken !== undefined;
        const page = taken ?? await pages.next();
        taken = undefined;
        if (page.done !== true) {
          const elements = page.value.map((element) => JSON.stringify(element)).join(',\n');
          controller.enqueue(encoder.encode(isFirst ? elements : `,\n${elements}`));
          return;
        }
        controller.enqueue(encoder.encode(']'));
        controller.close();
        await release();
      } catch (error) {
        await release(error);
        onFault(error);
        controller.error(new Error('The answer was cut off.'));
      }
    },
    // the transaction that is open ends with its session
    cancel: () => release(new Error('The client has gone.')),
  }, { highWaterMark: 1 });
}
