import { backendPid } from './doctor.ts';
import { inTransaction } from './query.ts';
import { openSession } from './session.ts';

/**
 * Whether something stands between us and the server. A pooler tells its clients a process id of its
 * own; in transaction mode, what one session was served by is lent to another that begins a transaction.
 */
export async function findPooler(url: string): Promise<'none' | 'session' | 'transaction'> {
  const { client: first } = await openSession(url, 'monthend doctor');
  const { client: second } = await openSession(url, 'monthend doctor');
  try {
    const before = await backendPid(first);
    const told = (first as unknown as { processID: number }).processID;
    const moved = await inTransaction(second, async () => {
      await backendPid(second);
      return (await backendPid(first)) !== before;
    });
    return moved ? 'transaction' : told === before ? 'none' : 'session';
  } finally {
    await Promise.allSettled([first.end(), second.end()]);
  }
}
