import fs from 'node:fs/promises'
import path from 'node:path'
import { must } from './command.ts'
import { RUN_DIRECTORY } from './machine.ts'

const CLEANUP = path.join(import.meta.dirname, 'cleanup.sh')

async function parentOf(pid: string): Promise<number | undefined> {
  const status = await fs.readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^PPid:\s*(\d+)/m.exec(status)?.[1])
}

/**
 * Runs when all test files have ended: removes the fleets of this run's test processes and of those that are gone, so
 * that nothing is left when the command returns. Fleets of other runs on this host stay.
 */
export async function teardown(): Promise<void> {
  const names = await fs.readdir(RUN_DIRECTORY).catch(() => [])
  for (const name of names) {
    const owner = await fs.readFile(path.join(RUN_DIRECTORY, name, 'owner'), 'utf8').catch(() => '')
    const [pid = ''] = owner.split(' ')
    if (pid !== '' && (await parentOf(pid)) === process.pid) await must(CLEANUP, [name])
  }
  await must(CLEANUP, [])
}
