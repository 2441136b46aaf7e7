import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Locale } from '../../src/base/locale.ts'
import type { MessageView, SandboxLocale } from '../../src/sandbox/discord/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { translate } from '../../src/text/translate.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'

const LANGUAGES: [SandboxLocale, Locale][] = [
  ['en-US', 'en'],
  ['ja', 'ja'],
  ['zh-CN', 'zh-CN'],
]

const log = keepLog()
let sandbox: Sandbox
let operator: Person
let identity: string
let admin: Person

beforeAll(async () => {
  identity = await generateX25519Identity()
  sandbox = await startSandbox({
    log,
    nodes: [
      {
        id: 'alpha',
        name: 'Alpha',
        version: '2026.9.6',
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 42_000 }] }],
      },
    ],
    settings: {
      OCM_BACKUP_FREE_MB: '1',
      OCM_REFRESH_INTERVAL_MS: '600000',
      OCM_BACKUP_RECIPIENTS: await identityToRecipient(identity),
    },
  })
  operator = person(sandbox.discord, PEOPLE.operator)
  admin = person(sandbox.discord, PEOPLE.admin)
})
afterAll(() => sandbox?.close())

/** A card of a run that has ended: its buttons lead on instead of stopping it. */
const ended = (message: MessageView) => controlsOf(message).some((id) => id.includes('node-backups'))
const newest = async () => (await sandbox.app.owned.context.backups.list('alpha'))[0]?.id ?? ''

describe('/node backup', () => {
  test.each(LANGUAGES)('ends with what was verified, in %s', async (client, locale) => {
    const reader = person(sandbox.discord, PEOPLE.operator, client)
    const card = await reader.ask('node backup', { node: 'alpha' }, ended)
    const done = translate(locale, 'backup.done', { node: '' }).trim()
    for (const part of done.split(/[{}]/)) expect(textOf(card)).toContain(part.slice(-8))
    expect(textOf(card)).toContain(await newest())
  })

  test('is stopped by the button of its card, and by nobody else', async () => {
    const before = await newest()
    const large = join(sandbox.nodes.node('alpha').home, '.openclaw', 'large')
    writeFileSync(large, Buffer.alloc(400_000_000, 'x'))
    const running = (message: MessageView) =>
      controlsOf(message).some((id) => id.includes('node-backup|stop')) && textOf(message).includes('▱')
    const card = await operator.ask('node backup', { node: 'alpha' }, running)
    const refused = await admin.pressFor(card, 'node-backup|stop')
    expect([refused.ephemeral, textOf(refused)]).toEqual([
      true,
      expect.stringContaining('only they can stop it'),
    ])
    await operator.press(card, 'node-backup|stop')
    await operator.until(card, /was stopped/)
    expect(await newest()).toBe(before)
  })
})

test('/node backups lists them, and status tells the age', async () => {
  const list = await operator.ask('node backups', { node: 'alpha' }, (message) => textOf(message) !== '')
  expect(textOf(list)).toContain(await newest())
  const status = await operator.ask('node status', { node: 'alpha' }, (message) =>
    textOf(message).includes('Last verified backup'),
  )
  expect(textOf(status)).toMatch(/Last verified backup <t:\d+:R>/)
})

test('/node backup-download brings an admin an encrypted file that nobody else sees', async () => {
  const card = await admin.ask('node backup-download', { node: 'alpha' }, (message) =>
    JSON.stringify(message.raw.attachments ?? []).includes('.tar.gz.age'),
  )
  expect(card.ephemeral).toBe(true)
  expect(textOf(card)).toContain('encrypted for 1 key')
  const [file] = card.raw.attachments as { url: string; filename: string }[]
  const content = await (await fetch(file?.url ?? '')).arrayBuffer()
  const opener = new Decrypter()
  opener.addIdentity(identity)
  const archive = await opener.decrypt(new Uint8Array(content))
  const { stdout } = spawnSync('tar', ['-tzf', '-'], { input: archive, encoding: 'utf8' })
  expect(stdout).toContain('/.openclaw/openclaw.json\n')
  const refused = await operator.ask('node backup-download', { node: 'alpha' }, /admin/)
  expect(refused.raw.attachments).toEqual([])
})
