import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperatorError } from '../../control/errors.ts';
import { batchPath } from './batch.ts';
import type { BenchService } from './service.ts';

/** Resident memory of the service, in MiB, at a time in seconds. */
export interface Resident {
  readonly seconds: number;
  readonly mebibytes: number;
}

/** Asks again where the service is busy, as a client is told to by Retry-After. */
async function open(service: BenchService, agent: Agent): Promise<IncomingMessage> {
  const [response] = (await once(get(`${service.url}${batchPath}/events`, {
    agent, headers: { ...service.headers, accept: 'text/event-stream' },
  }), 'response')) as [IncomingMessage];
  if (response.statusCode === 200) return response;
  response.resume();
  const retryAfter = response.headers['retry-after'];
  if (retryAfter === undefined) throw new OperatorError('A client was not let follow.', { detail: `status ${response.statusCode}` });
  await sleep(Number(retryAfter) * 1_000);
  return open(service, agent);
}

/** Counts the events until the stream ends. */
async function follow(response: IncomingMessage): Promise<number> {
  let events = 0;
  let rest = '';
  for await (const piece of response.setEncoding('utf8')) {
    const parts = (rest + String(piece)).split('\n\n');
    rest = parts.pop() ?? '';
    events += parts.filter((part) => !part.startsWith(':')).length;
  }
  return events;
}

/** Has so many clients follow the batch to its end; each must have been sent the same number of events, which is returned. */
export async function followAll(service: BenchService, viewers: number, onAll: () => void): Promise<number> {
  const agent = new Agent({ keepAlive: false, maxSockets: Infinity });
  const responses = await Promise.all(Array.from({ length: viewers }, () => open(service, agent)));
  const following = responses.map(follow);
  onAll();
  const counts = new Set(await Promise.all(following));
  if (counts.size !== 1) throw new OperatorError('Clients were sent different numbers of events.', { detail: [...counts].join(', ') });
  return [...counts][0] ?? 0;
}

/** Looks at the memory of the service four times a second, until it is told to stop. */
export function watchMemory(service: BenchService): () => Resident[] {
  const begun = performance.now();
  const seen: Resident[] = [];
  const look = (): void => {
    const bytes = service.residentBytes();
    if (bytes !== undefined) seen.push({ seconds: Math.round((performance.now() - begun) / 100) / 10, mebibytes: Math.round(bytes / 1024 ** 2) });
  };
  look();
  const timer = setInterval(look, 250);
  return () => {
    clearInterval(timer);
    look();
    return seen;
  };
}
