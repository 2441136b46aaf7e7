import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type App, createApp } from '../../src/create-app.ts'
import type { Call, Command } from '../../src/discord/command.ts'
import { noteView } from '../../src/discord/views/error.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { LockBusy } from '../../src/state/file-lock.ts'
import { type BotStage, setStage, testCommand } from '../support/bot-stage.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { keepLog } from '../support/log-keeper.ts'
import { type LossyProxy, startLossyProxy } from '../support/lossy-proxy.ts'
import { textOf } from '../support/room.ts'

const CALLBACK = /^\/interactions\/.*\/callback/
const ORIGINAL = /^\/webhooks\/.*\/messages\/@original$/

/** Work that waits to be let on. */
function gate() {
  let open: () => void = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** Lets the clock run, a step at a time, until something is so. */
async function passUntil(clock: FakeClock, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!holds()) {
    if (performance.now() > deadline) throw new Error('it never came to that')
    await clock.advance(5_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

let runs: string[]
let held: ReturnType<typeof gate>

const hello = testCommand('hello', async (call) => {
  runs.push('hello')
  await call.answer.finish(noteView('hello there'))
})
const wait = testCommand('wait', async (call) => {
  runs.push('wait')
  await held.opened
  await call.answer.finish(noteView('waited for'))
})
const fail = testCommand('fail', async () => {
  throw new Error('a bug with @everyone and <@123456789012345678> in it')
})
const whisper = testCommand('whisper', (call) => call.answer.finish(noteView('only for you')), {
  audience: 'private',
})
/** Shows a progress, waits, and ends. */
const work = (audience: 'channel' | 'private', name: string): Command =>
  testCommand(
    name,
    async (call: Call) => {
      call.answer.show(() => noteView('working'))
      await held.opened
      await call.answer.finish(noteView('the end'))
    },
    { audience },
  )
const flood = testCommand('flood', async (call) => {
  for (let step = 1; step <= 300; step += 1) {
    call.answer.show(() => noteView(`step ${step} of 300`))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await call.answer.finish(noteView('all 300 steps'))
})
const COMMANDS = [hello, wait, fail, whisper, work('channel', 'work'), work('private', 'secret'), flood]

let on: BotStage

beforeEach(() => {
  runs = []
  held = gate()
})

afterEach(async () => {
  held.open()
  await on.close()
})

async function started(options: Partial<Parameters<typeof setStage>[0]> = {}): Promise<BotStage> {
  on = await setStage({ commands: COMMANDS, ...options })
  await on.bot.start()
  return on
}

describe('a packet that nobody can make sense of', () => {
  test.each(['GUILD_CREATE', 'CHANNEL_UPDATE', 'MESSAGE_UPDATE', 'INTERACTION_CREATE', 'GUILD_ROLE_UPDATE'])(
    'is left out when it is a broken %s, and the bot lives',
    async (event) => {
      await started()
      on.discord.faults.gateway({ kind: 'dispatch', event, data: null })
      on.discord.faults.gateway({ kind: 'dispatch', event, data: { id: 7, guild_id: {}, channels: 'none' } })
      await on.discord.until(() => on.log.lines.some(({ message }) => /packet of the gateway/.test(message)))
      await on.ada.ask('node hello', {}, /hello there/)
    },
  )
})

describe('an interaction', () => {
  test('whose handler throws is answered with a private apology and an error id, and the bot lives', async () => {
    await started()
    const apology = await on.ada.ask('node fail', {}, /Something broke inside ocm/)
    expect(apology.ephemeral).toBe(true)
    expect(on.vera.messages()).toEqual([])
    expect(textOf(apology)).not.toContain('a bug')
    const incident = on.log.lines.find(({ level }) => level === 'error')?.fields.incident
    expect(textOf(apology)).toContain(`\`${incident}\``)
    await on.ada.ask('node hello', {}, /hello there/)
  })

  test('that Discord no longer knows (10062) is not worked on, and the channel is told', async () => {
    await started()
    on.discord.faults.rest({
      path: CALLBACK,
      act: { kind: 'status', status: 404, body: { message: 'Unknown interaction', code: 10062 } },
    })
    const note = await on.ada.ask('node hello', {}, /came too late/)
    expect(textOf(note)).toContain(on.ada.as.userId)
    expect(note.pinged).toEqual([])
    expect(runs).toEqual([])
  })

  test('that comes seconds after it was made is not worked on', async () => {
    const clock = createFakeClock()
    await started({ clock })
    await on.ada.ask('node hello', {}, /hello there/)
    on.discord.faults.gateway({ kind: 'refuse-connections', on: true })
    on.discord.faults.gateway({ kind: 'cut' })
    await on.ada.type('node hello')
    await clock.advance(2_900)
    on.discord.faults.gateway({ kind: 'refuse-connections', on: false })
    await on.discord.until(() => on.vera.messages().some((one) => /came too late/.test(textOf(one))))
    expect(runs).toEqual(['hello'])
  })

  test.each([
    ['op 7', { kind: 'reconnect' }],
    ['op 9, resumable', { kind: 'invalid-session', resumable: true }],
    ['op 9, lost', { kind: 'invalid-session', resumable: false }],
    ['a cut', { kind: 'cut' }],
    ['close 4000', { kind: 'close', code: 4000 }],
  ] as const)(
    'in flight during %s is answered once',
    async (_name, fault) => {
      await started()
      await on.ada.type('node wait')
      await on.discord.until(() => runs.length === 1)
      on.discord.faults.gateway(fault)
      held.open()
      await on.discord.until(() => on.vera.messages().some((one) => textOf(one) === 'waited for'))
      if (fault.kind === 'invalid-session' && !fault.resumable) {
        // What is typed while there is no session is lost on Discord too.
        await on.discord.until(() => !on.discord.control.state(on.ada.as).botOnline)
        await on.discord.botReady()
      }
      await on.ada.ask('node hello', {}, /hello there/)
      expect(runs).toEqual(['wait', 'hello'])
      expect(on.vera.messages().filter((one) => textOf(one) === 'waited for')).toHaveLength(1)
    },
    30_000,
  )

  test('typed while the gateway is cut is answered after the resume', async () => {
    await started()
    on.discord.faults.gateway({ kind: 'cut' })
    await on.ada.ask('node hello', {}, /hello there/)
    expect(runs).toEqual(['hello'])
  })

  test('is carried to its end before the bot stops', async () => {
    await started()
    await on.ada.type('node wait')
    await on.discord.until(() => runs.length === 1)
    const stopping = on.bot.stop()
    held.open()
    await stopping
    expect(on.vera.messages().map(textOf)).toEqual(['waited for'])
    expect(await on.bot.stopped).toEqual({ kind: 'stopped' })
  })
})

describe('the API', () => {
  test('that resets the connection under an edit is asked again', async () => {
    await started()
    on.discord.faults.rest({ method: 'PATCH', path: ORIGINAL, times: 2, act: { kind: 'reset' } })
    await on.ada.ask('node hello', {}, /hello there/)
    expect(on.requests('PATCH', ORIGINAL)).toBe(3)
  })

  test('that fails with 5xx on an acknowledgement is asked again, and there is one answer', async () => {
    await started()
    on.discord.faults.rest({ path: CALLBACK, times: 2, act: { kind: 'status', status: 502 } })
    await on.ada.ask('node hello', {}, /hello there/)
    expect(on.vera.messages()).toHaveLength(1)
    expect(runs).toEqual(['hello'])
  })

  describe('whose answers get lost', () => {
    let proxy: LossyProxy
    afterEach(() => proxy.close())
    const front = async (apiUrl: string) => {
      proxy = await startLossyProxy(apiUrl)
      return proxy.url
    }

    test.each(['hello', 'whisper'])(
      'says 40060 to the repeated acknowledgement of /node %s: one answer',
      async (name) => {
        await started({ front })
        on.discord.expectRefusal({ code: 40060 })
        proxy.loseAnswer('POST', /\/callback/)
        await on.ada.ask(`node ${name}`, {}, /hello there|only for you/)
        expect(on.ada.messages()).toHaveLength(1)
        expect(on.discord.refusals().map(({ code }) => code)).toEqual([40060])
      },
    )

    test('gets a post only once', async () => {
      await started({ front })
      const body = { message: 'Unknown interaction', code: 10062 }
      on.discord.faults.rest({ path: CALLBACK, act: { kind: 'status', status: 404, body } })
      proxy.loseAnswer('POST', /\/channels\/\d+\/messages/, 2)
      await on.ada.ask('node hello', {}, /came too late/)
      await on.discord.until(() => on.requests('POST', /\/channels\/\d+\/messages/) === 3)
      await on.ada.ask('node hello', {}, /hello there/)
      expect(on.vera.messages().filter((one) => /too late/.test(textOf(one)))).toHaveLength(1)
    })

    test('keeps the last state of an edited card', async () => {
      await started({ front })
      proxy.loseAnswer('PATCH', /original/)
      await on.ada.ask('node flood', {}, /all 300 steps/)
      expect(on.vera.messages()).toHaveLength(1)
    })
  })

  test('that limits the rate gets everybody an answer in the end', async () => {
    await started()
    const act = { kind: 'rate-limit', retryAfterMs: 150 } as const
    on.discord.faults.rest({ path: CALLBACK, times: 6, act })
    on.discord.faults.rest({ method: 'PATCH', path: ORIGINAL, times: 6, act })
    on.discord.faults.rest({ method: 'PATCH', path: ORIGINAL, act: { ...act, scope: 'global' } })
    await Promise.all(Array.from({ length: 12 }, () => on.ada.type('node hello')))
    const answered = () => on.vera.messages().filter((one) => textOf(one) === 'hello there')
    await on.discord.until(() => answered().length === 12)
    expect(runs).toHaveLength(12)
  })

  test('sees few of three hundred changes of a card, and the last one', async () => {
    await started()
    const done = await on.ada.ask('node flood', {}, /all 300 steps/)
    expect(on.vera.sees(done.id)).toBeDefined()
    expect(on.requests('PATCH', ORIGINAL)).toBeLessThanOrEqual(4)
  })

  test('whose message was deleted by a moderator gets the answer anew', async () => {
    await started()
    const card = await on.ada.ask('node work', {}, /working/)
    on.discord.expectRefusal({ code: 10008 })
    on.discord.control.deleteMessage(card.channelId, card.id)
    held.open()
    await on.discord.until(() => on.vera.messages().some((one) => textOf(one) === 'the end'))
    expect(on.vera.messages()).toHaveLength(1)
  })
})

describe('work that outlives the token of its interaction', () => {
  let clock: FakeClock
  beforeEach(() => {
    clock = createFakeClock()
  })

  test('goes on in the same message', async () => {
    await started({ clock })
    const card = await on.ada.ask('node work', {}, /working/)
    for (let minute = 0; minute < 16; minute += 1) await clock.advance(60_000)
    held.open()
    expect((await on.vera.until(card, /the end/)).id).toBe(card.id)
  })

  test('never shows the channel what was private', async () => {
    await started({ clock })
    on.discord.expectRefusal({ code: 50027 })
    await on.ada.ask('node secret', {}, /working/)
    for (let minute = 0; minute < 16; minute += 1) await clock.advance(60_000)
    held.open()
    await on.discord.until(() =>
      on.log.lines.some(({ message }) => message === 'a message could not be updated'),
    )
    expect(on.vera.messages()).toEqual([])
  })
})

describe('the session', () => {
  test('survives an API and a gateway that are gone for a while', async () => {
    const clock = createFakeClock()
    await started({ clock })
    on.discord.faults.rest({ path: /./, times: 1_000, act: { kind: 'reset' } })
    on.discord.faults.gateway({ kind: 'refuse-connections', on: true })
    on.discord.faults.gateway({ kind: 'cut' })
    await on.discord.until(() => !on.discord.control.state(on.ada.as).botOnline)
    await passUntil(clock, () => on.bot.health().state === 'reconnecting')
    on.discord.faults.clear()
    await on.discord.botReady()
    await on.ada.ask('node hello', {}, /hello there/)
    await clock.advance(5_000)
    expect(on.bot.health()).toMatchObject({ state: 'ready', failedLogins: 0 })
  })

  test('is opened anew when heartbeats are no longer acknowledged', async () => {
    const clock = createFakeClock()
    await started({ clock, discord: { heartbeatMs: 400 } })
    on.discord.faults.gateway({ kind: 'mute-acks', on: true })
    await passUntil(clock, () => on.log.lines.some(({ fields }) => fields.why === 'gateway silent'))
    on.discord.faults.clear()
    await passUntil(
      clock,
      () => on.discord.control.state(on.ada.as).botOnline && on.bot.health().state === 'ready',
    )
    await on.ada.ask('node hello', {}, /hello there/)
  }, 40_000)

  test.each([
    [4004, 'token-refused'],
    [4014, 'intents-refused'],
    [4012, 'gateway-refused'],
  ])('that is closed with %i ends the bot with its reason', async (code, reason) => {
    await started()
    on.discord.faults.gateway({ kind: 'close', code })
    expect(await on.bot.stopped).toEqual({ kind: 'fatal', reason })
    expect(on.bot.health().state).toBe('stopped')
  })

  test('is never opened with a wrong token', async () => {
    on = await setStage({ commands: COMMANDS, token: 'not-the-token-of-this-bot' })
    on.discord.expectRefusal({ status: 401 })
    await expect(on.bot.start()).rejects.toMatchObject({
      code: 'config-invalid',
      params: { problem: 'token-refused' },
    })
  })

  test.each([
    ['503', { kind: 'status', status: 503 }, 4],
    ['a reset', { kind: 'reset' }, 1],
    ['silence', { kind: 'hang', ms: 600_000 }, 1],
  ] as const)(
    'is tried again when the login meets %s',
    async (_name, act, times) => {
      const clock = createFakeClock()
      on = await setStage({ commands: COMMANDS, clock })
      on.discord.faults.rest({ path: /gateway\/bot/, act, times })
      const ready = on.bot.start()
      await on.discord.until(() => on.requests('GET', /gateway\/bot/) > 0)
      await passUntil(clock, () => on.bot.health().state === 'ready')
      await ready
      await on.ada.ask('node hello', {}, /hello there/)
    },
    30_000,
  )

  test('is tried again when the gateway refuses to talk', async () => {
    const clock = createFakeClock()
    on = await setStage({ commands: COMMANDS, clock })
    on.discord.faults.gateway({ kind: 'refuse-connections', on: true })
    const ready = on.bot.start()
    await passUntil(clock, () => on.bot.health().failedLogins > 0)
    on.discord.faults.clear()
    await passUntil(clock, () => on.bot.health().state === 'ready')
    await ready
  }, 30_000)
})

describe('the commands', () => {
  test('stay as they were when Discord refuses the new ones, and the culprit is named', async () => {
    await started()
    on.discord.expectRefusal({ code: 50035 })
    const tooLong = testCommand('hello', (call) => call.answer.finish(noteView('hello there')), {
      description: 'x'.repeat(101),
    })
    await (await on.rebuild([tooLong])).start()
    const line = on.log.lines.find(({ message }) => message.startsWith('Discord refused the commands'))
    expect(line).toMatchObject({ level: 'error', fields: { culprits: ['node'] } })
    await on.ada.ask('node hello', {}, /hello there/)
    const { commands } = on.discord.control.state(on.ada.as)
    expect(commands.map(({ path }) => path[1])).toContain('flood')
  })

  test('are not written again when nothing changed, and are written later when Discord is away', async () => {
    const clock = createFakeClock()
    on = await setStage({ commands: COMMANDS, clock })
    on.discord.faults.rest({ path: /\/commands$/, times: 8, act: { kind: 'status', status: 500 } })
    await on.bot.start()
    expect(on.requests('PUT', /\/commands$/)).toBe(0)
    on.discord.faults.clear()
    await clock.advance(60_000)
    await on.discord.until(() => on.requests('PUT', /\/commands$/) === 1)
    await on.ada.ask('node hello', {}, /hello there/)
    await (await on.rebuild(COMMANDS)).start()
    await on.ada.ask('node hello', {}, /hello there/)
    expect(on.requests('PUT', /\/commands$/)).toBe(1)
  })
})

describe('two programs', () => {
  let folder: string
  let first: App | undefined
  afterEach(async () => {
    await first?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('never share a data folder: the second refuses, the first goes on', async () => {
    on = await setStage({ commands: COMMANDS })
    folder = await mkdtemp(join(tmpdir(), 'ocm-two-'))
    const keyPath = join(folder, 'id_ed25519')
    await writeFile(keyPath, makeKeyPair().private, { mode: 0o600 })
    const config = loadConfig({
      DISCORD_TOKEN: 'a-token-of-the-emulator',
      DISCORD_GUILD_ID: on.discord.ids.guild,
      DISCORD_CHANNEL_ID: on.discord.ids.channels.ops ?? '',
      DISCORD_API_URL: on.discord.apiUrl,
      OCM_ADMINS: 'everyone',
      OCM_DATA_DIR: folder,
      OCM_SSH_KEY: keyPath,
      OCM_SSH_AGENT: 'none',
    })
    const log = keepLog()
    first = await createApp(config, { log })
    await first.start()
    await expect(createApp(config, { log })).rejects.toThrow(LockBusy)
    await on.ada.ask('node list', {}, /No nodes yet/)
  })
})
