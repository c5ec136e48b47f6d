import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/server.ts'],
    // Files share one server and have a database each; processes, because a test may block its own.
    pool: 'forks',
    maxWorkers: 2,
    // Machines of CI are slow and shared: a limit is for what hangs, never for what is slow.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 120_000,
  },
});
