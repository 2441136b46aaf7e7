import { afterEach, describe, expect, it } from 'vitest'
import { noteView } from '../../src/discord/views/error.ts'
import { type BotStage, setStage, testCommand } from '../support/bot-stage.ts'
import { person } from '../support/room.ts'

const hello = testCommand('hello', (call) => call.answer.finish(noteView('hello there')))
const PEOPLE = 230
const names = Array.from({ length: PEOPLE }, (_, index) => `P${index}`)
let on: BotStage

afterEach(() => on.close())

describe('the people in the memory of the bot', () => {
  it('are no more than the last two hundred who typed something, and the bot itself', async () => {
    on = await setStage({
      commands: [hello],
      discord: { users: [{ name: 'Ada', roles: ['admin'] }, ...names.map((name) => ({ name }))] },
    })
    await on.bot.start()
    for (const name of names) await person(on.discord, name).ask('node hello', {}, /hello there/)
    const client = on.bot.client()
    const guild = client?.guilds.cache.first()
    expect(client?.users.cache.size).toBeLessThanOrEqual(201)
    expect(guild?.members.cache.size).toBeLessThanOrEqual(201)
    expect(guild?.members.me?.id).toBe(client?.user.id)
    await on.ada.ask('node hello', {}, /hello there/)
  })
})
