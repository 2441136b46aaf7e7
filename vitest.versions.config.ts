import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/real-nodes/versions.test.ts'],
    globalSetup: ['test/real-nodes/teardown.ts'],
    testTimeout: 400_000,
    hookTimeout: 900_000,
    experimental: { fsModuleCache: true },
    pool: 'forks',
    fileParallelism: false,
  },
})
