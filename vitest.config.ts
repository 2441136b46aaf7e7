import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real-nodes/**'],
    testTimeout: 45_000,
    hookTimeout: 30_000,
    // What is polled for has come or not; how long it takes says something of the machine only.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
    // The tests wait for processes, sockets and timers far more than they compute.
    maxWorkers: 4,
  },
})
