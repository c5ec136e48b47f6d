import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/server.ts'],
    // Files share one server and have a database each; processes, because a test may block its own.
    pool: 'forks',
    // More than the cores of a small machine: many tests wait, for a server, a minute, or what they have killed.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Machines of CI are slow and shared: a limit is for what hangs, never for what is slow.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
