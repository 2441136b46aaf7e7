import { DiscordAPIError, RESTEvents, type TextChannel } from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emulator, logIn, newClient, type Stage, stage } from './bot.ts'

let on: Stage
let ops: TextChannel
let limits: number[]

beforeEach(async () => {
  on = await stage(async () => {})
  limits = []
  on.client.rest.on(RESTEvents.RateLimited, (info) => limits.push(info.timeToReset))
  ops = (await on.client.channels.fetch(on.discord.ids.channels.ops ?? '')) as TextChannel
})

afterEach(() => on.close())

const posts = () =>
  on.discord.requests().filter((one) => one.path.endsWith('/messages') && one.method === 'POST')

describe('a fault on demand', () => {
  it('of 429 is waited out by the client', async () => {
    on.discord.faults.rest({ path: /messages$/, act: { kind: 'rate-limit', retryAfterMs: 300 } })
    await ops.send('after the wait')
    expect(posts()).toHaveLength(2)
    expect(limits).toHaveLength(1)
  })

  it('of 502, twice, is retried', async () => {
    on.discord.faults.rest({ path: /messages$/, times: 2, act: { kind: 'status', status: 502 } })
    await ops.send('third time lucky')
    expect(posts()).toHaveLength(3)
  })

  it('with a body of its own reaches the bot as that error', async () => {
    const body = { message: 'Missing Permissions', code: 50013 }
    on.discord.faults.rest({ method: 'POST', path: /messages$/, act: { kind: 'status', status: 403, body } })
    await expect(ops.send('x')).rejects.toMatchObject({
      code: 50013,
      status: 403,
    } satisfies Partial<DiscordAPIError>)
    await ops.send('the rule is used up')
    expect(on.discord.refusals()).toEqual([])
  })

  it('of a reset connection reaches the bot as an error', async () => {
    on.discord.faults.rest({ path: /messages$/, act: { kind: 'reset' }, times: 5 })
    await expect(ops.send('x')).rejects.toThrow()
    on.discord.faults.clear()
    await ops.send('again')
  })

  it('of slowness and of a hang takes its time', async () => {
    on.discord.faults.rest({ path: /messages$/, act: { kind: 'slow', ms: 200 } })
    const before = performance.now()
    await ops.send('slow')
    expect(performance.now() - before).toBeGreaterThan(190)
    on.discord.faults.rest({ path: /messages$/, act: { kind: 'hang', ms: 50 }, times: 5 })
    await expect(ops.send('never')).rejects.toThrow()
  })

  it('does not touch other requests', async () => {
    on.discord.faults.rest({ path: /^\/guilds/, act: { kind: 'status', status: 500 } })
    await ops.send('unharmed')
    expect(posts()).toHaveLength(1)
  })
})

describe('the emulator’s own rate limit', () => {
  it('makes the client slow down by its headers, with no 429', async () => {
    const before = performance.now()
    for (let count = 0; count < 6; count += 1) await ops.send(`message ${count}`)
    expect(performance.now() - before).toBeGreaterThan(4_900)
    expect(on.discord.refusals()).toEqual([])
  })
})

describe('a refusal', () => {
  it('that no test expected makes close fail, after everything has stopped', async () => {
    const discord = await emulator()
    const client = newClient(discord)
    await logIn(client)
    await expect(client.rest.get('/users/1574123569657413000')).rejects.toBeInstanceOf(DiscordAPIError)
    await client.destroy()
    await expect(discord.close()).rejects.toThrow('GET /users/1574123569657413000: 404 10013 Unknown User')
    await expect(fetch(discord.pageUrl)).rejects.toThrow()
  })

  it('is written down with its fields', async () => {
    on.discord.expectRefusal({ method: 'POST', path: /messages$/, field: /^content\[/ })
    await expect(ops.send('x'.repeat(2001))).rejects.toThrow('content[BASE_TYPE_MAX_LENGTH]')
    expect(on.discord.refusals()).toMatchObject([
      { status: 400, code: 50035, message: 'Invalid Form Body', fields: ['content[BASE_TYPE_MAX_LENGTH]'] },
    ])
  })

  it('is what a client of another API version gets', async () => {
    on.discord.expectRefusal({ code: 50041 })
    const client = newClient(on.discord, { rest: { version: '9' } })
    await expect(client.login('x')).rejects.toThrow('Invalid API version')
  })
})
