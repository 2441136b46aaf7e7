import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/real-nodes/**'],
    // What is waited for has come or not; how long it takes says something of the machine only.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 40_000 } },
    // What was transformed once is read from node_modules in the next run: a file alone starts in a third of the time.
    experimental: { fsModuleCache: true },
    pool: 'forks',
    // Tests start many processes. A fork copies what is written after it, page by page: a small young space is cheaper then.
    execArgv: ['--max-semi-space-size=2', '--single-threaded-gc'],
    // The tests wait for processes, sockets and timers far more than they compute.
    maxWorkers: 4,
  },
})
