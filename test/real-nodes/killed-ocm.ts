import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import type { Fleet } from './fleet.ts'
import type { Product } from './product.ts'

/** Runs a command of ocm as a process of its own, beside the product, and kills it as soon as it tells the line. */
export async function killedAt(
  { folder }: Product,
  { keyPath }: Fleet,
  words: readonly string[],
  line: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const main = path.join(import.meta.dirname, '../../src/cli/main.ts')
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    LANG: 'en_US.UTF-8',
    OCM_DATA_DIR: folder,
    OCM_SSH_KEY: keyPath,
    OCM_SSH_AGENT: 'none',
    ...settings,
  }
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...words], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'close')
  const told: string[] = []
  createInterface({ input: child.stderr }).on('line', (said) => {
    told.push(said)
    if (said.startsWith(line)) child.kill('SIGKILL')
  })
  const [, signal] = await ended
  expect([signal, told.at(-1)]).toEqual(['SIGKILL', expect.stringContaining(line)])
}
