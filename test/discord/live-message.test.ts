import { DiscordAPIError } from 'discord.js'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Card } from '../../src/discord/card.ts'
import { createLiveMessage, type MessagePort } from '../../src/discord/live-message.ts'
import { noteView } from '../../src/discord/views/error.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'
import { textOf } from './discord-rules.ts'

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }
const MINUTE = 60_000

let clock: FakeClock
let sent: { at: number; by: string; text: string }[]
let fail: (by: string) => number | null

function port(isPrivate = false): MessagePort {
  const write = (by: string) => async (card: Card) => {
    const code = fail(by)
    if (code !== null) throw apiError(code)
    sent.push({ at: clock.monotonic(), by, text: textOf(card) })
  }
  return {
    editByToken: write('token'),
    editByBot: isPrivate ? null : write('bot'),
    postAnew: isPrivate ? null : write('new'),
  }
}

function apiError(code: number): DiscordAPIError {
  return new DiscordAPIError({ code, message: 'no' }, code, 400, 'PATCH', 'url', { files: [], body: {} })
}

beforeEach(() => {
  clock = createFakeClock()
  sent = []
  fail = () => null
})

const live = (isPrivate = false) => createLiveMessage({ port: port(isPrivate), clock, log: SILENT })
const card = (text: string) => noteView(text)

describe('a live message', () => {
  it('edits at most once in two seconds and skips what was overtaken', async () => {
    const message = live()
    for (let count = 0; count < 100; count += 1) {
      message.show(() => card(`${count}`))
      await clock.advance(100)
    }
    expect(sent.length).toBeLessThanOrEqual(6)
    for (const [index, { at }] of sent.entries())
      if (index > 0) expect(at - (sent[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(2000)
  })

  it('makes only the cards that it shows', async () => {
    const message = live()
    let made = 0
    for (let count = 0; count < 100; count += 1) {
      message.show(() => {
        made += 1
        return card(`${count}`)
      })
      await clock.advance(100)
    }
    expect(made).toBe(sent.length)
  })

  it('goes on after a card that could not be made', async () => {
    const message = live()
    message.show(() => {
      throw new Error('broken view')
    })
    await clock.advance(100)
    message.show(() => card('next'))
    await clock.advance(100)
    expect(sent.map(({ text }) => text)).toEqual(['next'])
  })

  it('slows down to one edit in fifteen seconds after a minute', async () => {
    const message = live()
    for (let second = 0; second < 180; second += 1) {
      message.show(() => card(`${second}`))
      await clock.advance(1000)
    }
    expect(sent.filter(({ at }) => at > MINUTE + 2000).length).toBeLessThanOrEqual(8)
  })

  it('sends the last state at once and nothing after it', async () => {
    const message = live()
    message.show(() => card('first'))
    await clock.advance(10)
    message.show(() => card('second'))
    await message.finish(card('last'))
    message.show(() => card('late'))
    await clock.advance(MINUTE)
    expect(sent.map(({ text }) => text)).toEqual(['first', 'last'])
    expect(clock.monotonic() - (sent.at(-1)?.at ?? 0)).toBe(MINUTE)
  })

  it('does not send what is already shown', async () => {
    const message = live()
    message.show(() => card('same'))
    await clock.advance(5000)
    message.show(() => card('same'))
    await clock.advance(5000)
    await message.finish(card('same'))
    expect(sent.length).toBe(1)
  })

  it('leaves the interaction token before it dies', async () => {
    const message = live()
    message.show(() => card('early'))
    await clock.advance(14 * MINUTE)
    await message.finish(card('late'))
    expect(sent.map(({ by }) => by)).toEqual(['token', 'bot'])
  })

  it.each([50_027, 10_015, 10_062])(
    'goes on by its own right when the token is refused with %i',
    async (code) => {
      fail = (by) => (by === 'token' ? code : null)
      const message = live()
      await message.finish(card('x'))
      expect(sent.map(({ by }) => by)).toEqual(['bot'])
    },
  )

  it.each([30_046, 10_008])('starts a new message when the old one cannot be changed: %i', async (code) => {
    fail = (by) => (by === 'token' ? code : null)
    const message = live()
    message.show(() => card('one'))
    await clock.advance(3000)
    await message.finish(card('two'))
    expect(sent.map(({ by }) => by)).toEqual(['new', 'bot'])
  })

  it('never shows a private answer to the channel', async () => {
    fail = (by) => (by === 'token' ? 50_027 : null)
    const message = live(true)
    await message.finish(card('secret'))
    expect(sent).toEqual([])
  })

  it('goes on after an edit that failed', async () => {
    let failures = 1
    fail = () => (failures-- > 0 ? 50_001 : null)
    const message = live()
    message.show(() => card('lost'))
    await clock.advance(100)
    await message.finish(card('kept'))
    expect(sent.map(({ text }) => text)).toEqual(['kept'])
  })
})
