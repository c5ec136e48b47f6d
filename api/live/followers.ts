import type { Actor } from '../../control/database/access.ts';
import { Refusal } from '../http/problem.ts';

const most = 2_000;
const mostOfCaller = 1_000;
const checkEveryMs = 15_000;

/** Begins a stream that a caller follows, where there is a place for him; it ends when he is let in no more. Throws a Refusal (503). */
export type Follow = (actor: Actor, request: Request, begin: () => ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;

/** The places of one process: so many for all, and half of them for one caller. */
export function createFollowers(isStillLetIn: (request: Request, actor: Actor) => Promise<boolean>): Follow {
  const places = new Map<string, number>();
  let all = 0;
  const take = (caller: string): (() => void) => {
    const own = places.get(caller) ?? 0;
    const full = all >= most ? `${most} follow already.` : own >= mostOfCaller ? `This caller follows ${own} times already.` : undefined;
    if (full !== undefined) throw new Refusal('busy', { retryAfter: 30, detail: full });
    places.set(caller, own + 1);
    all += 1;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      all -= 1;
      const left = (places.get(caller) ?? 1) - 1;
      if (left === 0) places.delete(caller);
      else places.set(caller, left);
    };
  };

  return (actor, request, begin) => {
    const leave = take(actor.name);
    const reader = begin().getReader();
    let checkedAt = Date.now();
    const isToEnd = async (): Promise<boolean> => {
      if (Date.now() - checkedAt < checkEveryMs) return false;
      checkedAt = Date.now();
      return !(await isStillLetIn(request, actor));
    };
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          // a stream says something every 20 s at the latest, so it is looked at then
          const { done, value } = await reader.read();
          if (!done && !(await isToEnd())) return controller.enqueue(value);
          leave();
          await reader.cancel();
          controller.close();
        } catch (error) {
          leave();
          throw error;
        }
      },
      cancel: async () => {
        leave();
        await reader.cancel();
      },
    }, { highWaterMark: 0 });
  };
}
