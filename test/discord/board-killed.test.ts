import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { PEOPLE, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { person, textOf } from '../support/room.ts'
import { settingsBeside } from '../support/sandbox-settings.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const PATIENCE_MS = 60_000
const POST = { method: 'POST', path: /\/channels\/\d+\/messages$/ }

it('a board stays one when its program is killed before it learns that Discord has the message', {
  timeout: 180_000,
}, async () => {
  const sandbox = await startSandbox({ nodes: [], settings: { OCM_LOG_LEVEL: 'silent' } })
  onTestFinished(() => sandbox.close())
  const { discord } = sandbox
  await sandbox.app.stop()
  const boards = () =>
    person(discord, PEOPLE.admin)
      .messages()
      .filter((one) => /ocm is not running/.test(textOf(one)))
  const posts = () =>
    discord.requests().filter(({ method, path }) => method === POST.method && POST.path.test(path)).length

  const env = { PATH: process.env.PATH, NODE_OPTIONS: process.env.NODE_OPTIONS, ...settingsBeside(sandbox) }
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], { env, stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  await discord.until(() => discord.gatewayCounts().openSessions === 1, PATIENCE_MS)
  discord.faults.rest({ ...POST, act: { kind: 'unanswered' } })
  const as = {
    userId: discord.ids.users[PEOPLE.admin] ?? '',
    locale: 'en-US' as const,
    channelId: discord.ids.channels.fleet ?? '',
  }
  await discord.control.slash(as, ['board', 'on'])
  const [posted] = await discord.until(() => (boards().length > 0 ? boards() : undefined), PATIENCE_MS)
  child.kill('SIGKILL')
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL'])
  discord.faults.clear()

  const before = posts()
  await sandbox.restartApp()
  const { board } = sandbox.app.owned.context
  // What it left: that it was about to post, and not what came of it.
  await discord.until(() => board.get()?.messageId === posted?.id && board.get()?.pinned, PATIENCE_MS)
  expect(boards().map(({ id }) => id)).toEqual([posted?.id])
  expect(posts()).toBe(before)
})
