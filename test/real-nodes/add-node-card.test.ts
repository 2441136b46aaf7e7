import { mkdir, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { translate } from '../../src/text/translate.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'
import { archives } from './archives.ts'
import { KEY } from './bare-machine.ts'
import { type Fleet, startFleet } from './fleet.ts'

const MINUTES = 60_000
/** From the press to the card that says it serves, on a machine that has nothing else to do. */
const QUIET_S = 90
const STEPS = ['validate', 'ssh', 'nodejs', 'openclaw', 'configuration', 'credentials', 'service'] as const
const LATER_STEPS = ['linger', 'start', 'readiness', 'pairing', 'registry', 'first-backup'] as const

let fleet: Fleet
let sandbox: Sandbox

afterEach(async () => {
  await sandbox?.close()
  await fleet?.stop()
})

/** A result, which is neither the question nor a run that can be stopped. */
const ends = (message: MessageView) =>
  /^## [✅❌⚠❓]/u.test(textOf(message)) && !controlsOf(message).some((one) => /confirm\||stop/.test(one))
const until = <T>(read: () => T) => sandbox.discord.until(read, 8 * MINUTES)

/** Types a command that opens a form, sends it filled in, confirms what is asked, and waits for how it ended. */
async function byForm(
  admin: Person,
  command: string,
  options: Record<string, string | number>,
  values: Record<string, string>,
) {
  const { control } = sandbox.discord
  const acts = [`/${command}`]
  const opened = await admin.type(command, options)
  await until(() => control.interaction(opened.id).modal)
  const before = new Set(admin.messages().map(({ id }) => id))
  await control.submit(admin.as, opened.id, values)
  acts.push('the form is sent')
  const question = await until(() => admin.messages().findLast((one) => !before.has(one.id) && !one.thinking))
  const startedAt = performance.now()
  await admin.press(question, 'confirm|yes')
  acts.push('the question is answered')
  const card = await until(() => {
    const seen = admin.sees(question.id)
    return seen !== undefined && ends(seen) ? seen : null
  })
  return { acts, question, card, seconds: (performance.now() - startedAt) / 1_000 }
}

test('a machine with nothing but Debian serves after one form and one press, and gets a bot the same way', async () => {
  fleet = await startFleet({ nodes: [{ name: 'bare', openclaw: null, diskMb: 4096 }] })
  const machine = fleet.node('bare')
  sandbox = await startSandbox({
    nodes: [],
    log: keepLog(),
    settings: {
      OCM_SSH_KEY: fleet.keyPath,
      OCM_PROGRAM_SOURCE: await archives(),
      OCM_STATUS_DEADLINE_MS: '60000',
    },
  })
  await mkdir(path.join(sandbox.folder, 'secrets'))
  await writeFile(path.join(sandbox.folder, 'secrets', 'ANTHROPIC_API_KEY'), KEY, { mode: 0o600 })
  const admin = person(sandbox.discord, PEOPLE.admin)

  const isQuiet = (os.loadavg()[0] ?? 0) < os.availableParallelism()
  const added = await byForm(
    admin,
    'node add',
    { id: 'bare' },
    {
      ...{ host: machine.host, tags: 'prod', secret: 'ANTHROPIC_API_KEY' },
      more: `ssh-user: ${machine.login}\nssh-port: ${machine.port}\ngateway-port: ${machine.gatewayPort}`,
    },
  )
  console.log(
    `${textOf(added.question)}\n\n${textOf(added.card)}\n${added.acts.length} acts, from the press to the end: ${added.seconds.toFixed(1)} s`,
  )
  expect(added.acts).toHaveLength(3)
  if (isQuiet) expect(added.seconds).toBeLessThanOrEqual(QUIET_S)
  const shown = textOf(added.card)
  for (const step of [...STEPS, ...LATER_STEPS]) expect(shown).toContain(translate('en', `add-step.${step}`))
  expect(shown).toContain('✅')
  expect(controlsOf(added.card).some((one) => one.includes('node-status|'))).toBe(true)

  const status = await admin.ask('node status', { node: 'bare' }, (one) => /serving/i.test(textOf(one)))
  expect(textOf(status)).toContain('2026.9.6')
  const backups = await admin.ask('node backups', { node: 'bare' }, (one) => controlsOf(one).length > 0)
  expect(textOf(backups)).toMatch(/verified/)

  const bot = await byForm(admin, 'bot add', { node: 'bare' }, { id: 'scout', name: 'Scout' })
  console.log(`${textOf(bot.card)}\nfrom the press to the end: ${bot.seconds.toFixed(1)} s`)
  expect(textOf(bot.card)).toContain('✅')
  const list = await admin.ask('bot list', { node: 'bare' }, /scout/)
  expect(textOf(list)).toContain('main')
  expect((await machine.user('cat ~/.openclaw/openclaw.json')).stdout).toContain('scout')
  expect(JSON.stringify(admin.messages())).not.toContain(KEY)
}, 1_500_000)
