import type { ServerResponse } from 'node:http';
import type { Actor } from '../../control/database/access.ts';
import { Refusal } from '../http/problem.ts';

const most = 2_000;
const mostOfCaller = 1_000;
const checkEveryMs = 15_000;
const heartbeatMs = 15_000;
const heartbeat = Buffer.from(': still here\n\n');

/** What one client is sent of a feed that many follow. */
export interface Followed {
  /** The bytes to be sent next; undefined where there are none yet, null where none will come. */
  readonly next: () => Uint8Array | undefined | null;
  readonly leave: () => void;
}

/** Joins a feed: `look` is called when there may be something to send, and every few seconds. */
export type Events = (look: () => void) => Followed;

/**
 * Takes a place for a caller, his until the response is closed, and returns what begins to send events as
 * its body; they end when he is let in no more. Throws a Refusal (503) where there is no place.
 */
export type Follow = (actor: Actor, request: Request, events: Events, outgoing: ServerResponse) => () => void;

/** Sends what comes, as fast as the client takes it: one that is slow keeps nothing but its place in the feed. */
function send(outgoing: ServerResponse, events: Events, isStillLetIn: () => Promise<boolean>): void {
  if (outgoing.destroyed) return;
  let spokenAt = Date.now();
  let checkedAt = spokenAt;
  let isChecking = false;
  const say = (bytes: Uint8Array): void => {
    spokenAt = Date.now();
    outgoing.write(bytes);
  };
  const check = async (): Promise<void> => {
    isChecking = true;
    const isLetIn = await isStillLetIn();
    isChecking = false;
    checkedAt = Date.now();
    if (isLetIn) look();
    else outgoing.end();
  };
  const look = (): void => {
    if (isChecking || outgoing.writableEnded || outgoing.writableNeedDrain) return;
    if (Date.now() - checkedAt >= checkEveryMs) return void check();
    while (!outgoing.writableNeedDrain) {
      const bytes = next();
      if (bytes === null) return void outgoing.end();
      if (bytes === undefined) break;
      say(bytes);
    }
    if (Date.now() - spokenAt >= heartbeatMs) say(heartbeat);
  };
  const { next, leave } = events(look);
  outgoing.on('drain', look).once('close', leave);
  look();
}

/** The places of one process: so many for all, and half of them for one caller. */
export function createFollowers(isStillLetIn: (request: Request, actor: Actor) => Promise<boolean>): Follow {
  const places = new Map<string, number>();
  let all = 0;
  const leave = (caller: string): void => {
    all -= 1;
    const left = (places.get(caller) ?? 1) - 1;
    if (left === 0) places.delete(caller);
    else places.set(caller, left);
  };
  return (actor, request, events, outgoing) => {
    const own = places.get(actor.name) ?? 0;
    const full = all >= most ? `${most} follow already.` : own >= mostOfCaller ? `This caller follows ${own} times already.` : undefined;
    if (full !== undefined) throw new Refusal('busy', { retryAfter: 30, detail: full });
    if (!outgoing.destroyed) {
      places.set(actor.name, own + 1);
      all += 1;
      outgoing.once('close', () => leave(actor.name));
    }
    return () => send(outgoing, events, () => isStillLetIn(request, actor));
  };
}
