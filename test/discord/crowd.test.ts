import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commands } from '../../commands/index.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { createBot } from '../../src/discord/bot.ts'
import { startDiscord } from '../../src/sandbox/discord/start-discord.ts'
import { openQuestions } from '../support/questions.ts'
import { person } from '../support/room.ts'
import { nodeRecord } from './extremes.ts'
import { createFakeContext } from './fake-context.ts'

const TOKEN = 'a-token-of-the-emulator'
const CROWD = 200
/** How much slower time passes: a busy machine must not decide whether an answer comes within Discord's three seconds. */
const SLOWER = 20

function slowClock(): Clock {
  const [start, started] = [systemClock.now(), systemClock.monotonic()]
  const passed = () => (systemClock.monotonic() - started) / SLOWER
  return {
    now: () => start + passed(),
    monotonic: passed,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
  }
}

it('lets one of a crowd of presses decide, and answers every other by one request', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ocm-crowd-'))
  const clock = slowClock()
  const discord = await startDiscord({
    token: TOKEN,
    users: [{ name: 'Ada', roles: ['admin'] }],
    roles: [{ name: 'admin' }],
    channels: [{ name: 'ops' }],
    page: false,
    clock,
  })
  const fake = createFakeContext([nodeRecord({ id: 'alpha', name: 'Alpha' })], clock)
  const questions = await openQuestions(folder, fake.context)
  const { guild, channels, roles } = discord.ids
  const bot = createBot({
    config: { token: TOKEN, guildId: guild, channelId: channels.ops ?? '', apiUrl: discord.apiUrl },
    context: fake.context,
    grants: [{ subject: { kind: 'role', id: roles.admin ?? '' }, grant: { level: 'admin', tags: null } }],
    confirmations: questions.confirmations,
    questionCards: questions.questionCards,
    defaultLocale: 'en',
    commands,
  })
  try {
    await bot.start()
    const ada = person(discord, 'Ada')
    const question = await ada.ask('node restart', { node: 'alpha', drain: false }, /Restart \*\*Alpha\*\*/)
    const before = discord.requests().length
    const presses = await Promise.all(Array.from({ length: CROWD }, () => ada.press(question, 'confirm|yes')))
    await ada.until(question, /serves again/)
    await discord.until(
      () => presses.every(({ id }) => discord.control.interaction(id).state === 'answered'),
      25_000,
    )
    const told = ada.messages().filter(({ id }) => id !== question.id)
    expect(told.filter((one) => JSON.stringify(one.raw).includes('was already used'))).toHaveLength(CROWD - 1)
    expect(told).toHaveLength(CROWD - 1)
    const answers = discord.requests().slice(before)
    expect(answers.filter(({ path }) => /\/callback/.test(path))).toHaveLength(CROWD)
    // Only the press that decided goes on writing.
    const more = answers.filter(({ path }) => !/\/callback/.test(path))
    expect(new Set(more.map(({ path }) => path)).size).toBe(1)
    expect(fake.restarts).toEqual(['alpha'])
  } finally {
    await bot.stop()
    await questions.close()
    await discord.close()
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)
