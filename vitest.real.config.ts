import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/real-nodes/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 900_000,
    pool: 'forks',
    fileParallelism: false,
  },
})
