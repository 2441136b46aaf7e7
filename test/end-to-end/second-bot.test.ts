import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { PEOPLE, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { person } from '../support/room.ts'
import { settingsBeside } from '../support/sandbox-settings.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs the bot as a process of its own until it ends. */
async function runBot(settings: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const env = { PATH: process.env.PATH, NODE_OPTIONS: process.env.NODE_OPTIONS, ...settings }
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  await once(child, 'close')
  return { code: child.exitCode, said }
}

it('a second bot on one data folder names the one that runs and ends, and that one goes on', {
  timeout: 120_000,
}, async () => {
  const sandbox = await startSandbox({ nodes: [], settings: { OCM_LOG_LEVEL: 'silent' } })
  onTestFinished(() => sandbox.close())
  const { code, said } = await runBot(settingsBeside(sandbox))
  expect([code, said]).toEqual([1, `Another ocm is running on this data folder (process ${process.pid}).\n`])
  await person(sandbox.discord, PEOPLE.admin).ask('node list', {}, /No nodes yet/)
})
