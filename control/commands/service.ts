import { once } from 'node:events';
import type { Command } from 'commander';
import { config } from '../config.ts';
import { calendarOf } from '../jobs/calendar.ts';
import { startControlPlane } from '../jobs/control-plane.ts';
import { logError, openLog } from '../log.ts';
import { resolveServer } from '../server/index.ts';
import { stopSignals } from '../stop-signals.ts';
import { defaultSessions } from './close.ts';
import { example, wholeNumber } from './options.ts';

/** Adds `service`. */
export function register(program: Command): void {
  const command = program
    .command('service')
    .description('work on the jobs of batches, and start scheduled ones, until told to stop: the control plane of a server of its own')
    .option('--sessions <n>', 'database sessions that this process gives to batches', wholeNumber(1, 250), defaultSessions())
    .action(async (options: { sessions: number }) => {
      const server = await resolveServer();
      const log = openLog(config().logLevel);
      const plane = await startControlPlane(server.serviceUrl, options.sessions, (error) => logError(log, error),
        calendarOf(options.sessions, (line) => log.info(line)), log);
      // before it says what ends it
      const { told, enough } = stopSignals();
      const stopped = once(told, 'abort');
      log.info({ sessions: options.sessions }, `monthend service: working with up to ${options.sessions} sessions; Ctrl-C ends it.`);
      await stopped;
      await plane.drain(enough);
      await plane.stop();
    });
  example(command, 'monthend service --sessions 8');
}
