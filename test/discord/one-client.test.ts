import { afterEach, describe, expect, test } from 'vitest'
import { noteView } from '../../src/discord/views/error.ts'
import { type BotStage, setStage, testCommand } from '../support/bot-stage.ts'
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts'

const hello = testCommand('hello', (call) => call.answer.finish(noteView('hello there')))

let on: BotStage

afterEach(() => on.close())

/** Real time, in which discord.js tries again by itself. */
const real = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Lets the bot give up one client after the other: real time for discord.js, a minute a step for the bot. */
async function giveUp(clock: FakeClock, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await real(300)
    await clock.advance(60_000)
    await real(300)
    await clock.advance(90_000)
  }
}

describe('the bot', () => {
  test.each([
    ['answered with 503', { kind: 'refuse-connections', on: true, status: 503 }],
    ['dropped', { kind: 'refuse-connections', on: true }],
  ] as const)('has one client, whatever the connections that are %s left behind', async (_name, fault) => {
    const clock = createFakeClock()
    on = await setStage({ commands: [hello], clock })
    await on.bot.start()
    on.discord.faults.gateway(fault)
    on.discord.faults.gateway({ kind: 'cut' })
    await giveUp(clock, 6)
    const before = on.discord.gatewayCounts()
    await real(2_000)
    const tries = on.discord.gatewayCounts().attempts - before.attempts
    // One client tries twice a second.
    expect(tries).toBeLessThanOrEqual(6)

    on.discord.faults.clear()
    for (let step = 0; on.bot.health().state !== 'ready' && step < 40; step += 1) {
      await clock.advance(10_000)
      await real(100)
    }
    await real(2_000)
    const after = on.discord.gatewayCounts()
    expect(after.mostOpenSessions).toBe(1)
    expect(after.identifies - before.identifies).toBe(1)
    await on.ada.ask('node hello', {}, /hello there/)
  })

  test('ends at once while Discord hangs, and leaves no socket behind', async () => {
    on = await setStage({ commands: [hello] })
    await on.bot.start()
    on.discord.faults.gateway({ kind: 'refuse-connections', on: true, status: 503 })
    on.discord.faults.gateway({ kind: 'cut' })
    await real(700)
    await on.bot.stop()
    const { attempts } = on.discord.gatewayCounts()
    await real(1_500)
    expect(on.discord.gatewayCounts()).toMatchObject({ attempts, openSessions: 0 })
  })

  test('identifies no faster than Discord allows and never so often that its token is reset', async () => {
    const clock = createFakeClock()
    on = await setStage({ commands: [hello], clock, discord: { identifiesPerDay: 60 } })
    await on.bot.start()
    for (let round = 0; round < 30; round += 1) {
      on.discord.faults.gateway({ kind: 'invalid-session', resumable: false })
      await real(30)
      await clock.advance(20_000)
    }
    expect(on.discord.gatewayCounts().identifies).toBeLessThan(30)
  })
})
