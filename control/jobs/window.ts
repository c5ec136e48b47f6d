import * as database from '../database/window.ts';
import { connect } from '../server/index.ts';

// As the login itself: what it may raise was granted to it, not to its sessions' role.
const open = (url: string) => connect({ url, applicationName: 'monthend window' });

/** Puts back what a control plane that was killed has left. */
export async function restoreWindow(url: string): Promise<void> {
  const session = await open(url);
  await database.restoreWindowSettings(session).finally(() => session.end());
}

/**
 * Runs a task with the server's settings raised, where the setting `window_settings` asks for it. They
 * are put back however the task ends; where the server is gone, the next control plane does it.
 */
export async function withWindow<Result>(
  url: string, task: () => Promise<Result>, onError: (error: Error) => void,
): Promise<Result> {
  const session = await open(url);
  try {
    await database.openWindowSettings(session);
    return await task();
  } finally {
    await database.restoreWindowSettings(session).catch(() => restoreWindow(url)).catch(onError);
    await session.end().catch(() => undefined);
  }
}
