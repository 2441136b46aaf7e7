import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import { en } from '../../src/text/en/index.ts'

/** The steps of a restore in their order, each as its line begins. */
export const RESTORE_STEPS = {
  verifying: beginning(en['restore.step.verifying']),
  staging: beginning(en['restore.step.staging']),
  'checking-staged': beginning(en['restore.step.checking-staged']),
  stopping: beginning(en['restore.step.stopping']),
  swapping: beginning(en['restore.step.swapping']),
  starting: beginning(en['restore.step.starting']),
  waiting: beginning(en['step.waiting']),
  comparing: beginning(en['restore.step.comparing']),
}

/** How the line of a step begins: up to its first value. */
export function beginning(line: string): string {
  return line.split(/[({[]/)[0]?.trim() ?? line
}

/** What an ocm works with that runs beside a fleet, on its data and with its key. */
export function environmentBeside(
  { folder, keyPath = join(folder, 'id_ed25519') }: { folder: string; keyPath?: string },
  settings: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    LANG: 'en_US.UTF-8',
    OCM_DATA_DIR: folder,
    OCM_SSH_KEY: keyPath,
    OCM_SSH_AGENT: 'none',
    ...settings,
  }
}

/**
 * Runs a command of ocm as a process of its own, and kills it as soon as it tells the line.
 * @param words what Node is started with
 * @param isIt whether what it said is the line; one that begins so when left out
 */
export async function killedAt(
  words: readonly string[],
  env: Record<string, string | undefined>,
  line: string,
  isIt = (said: string) => said.startsWith(line),
): Promise<void> {
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  let last = ''
  createInterface({ input: child.stderr }).on('line', (said) => {
    last = said
    if (isIt(said)) child.kill('SIGKILL')
  })
  const [, signal] = await ended
  expect([signal, last]).toEqual(['SIGKILL', expect.stringContaining(line)])
}
