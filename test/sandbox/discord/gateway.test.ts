import { type Client, Events, GatewayIntentBits, type Interaction, Status } from 'discord.js'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { DiscordSandbox } from '../../../src/sandbox/discord/start-discord.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { emulator, logIn, newClient, stage, TOKEN } from './bot.ts'

const cleanUp: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const stop of cleanUp.splice(0).toReversed()) await stop()
})

async function ponging() {
  const pong = async (interaction: Interaction) => {
    if (interaction.isChatInputCommand()) await interaction.reply('pong')
  }
  const on = await stage(pong, { clock: createFakeClock() })
  cleanUp.push(() => on.close())
  await on.client.application?.commands.set([{ name: 'ping', description: 'Ping' }])
  return on
}

async function open(more: Parameters<typeof emulator>[0] = {}): Promise<DiscordSandbox> {
  const discord = await emulator(more)
  cleanUp.push(() => discord.close())
  return discord
}

function clientOf(discord: DiscordSandbox, intents: number): Client {
  const client = newClient(discord, { intents })
  cleanUp.push(() => client.destroy())
  return client
}

describe('login', () => {
  it('needs the token', async () => {
    const discord = await open()
    const client = clientOf(discord, GatewayIntentBits.Guilds)
    discord.expectRefusal({ status: 401 })
    await expect(client.login('another')).rejects.toThrow(/token/i)
  })

  it('is refused for intents that the application may not use', async () => {
    const discord = await open()
    const client = clientOf(discord, GatewayIntentBits.Guilds | GatewayIntentBits.MessageContent)
    await expect(client.login(TOKEN)).rejects.toThrow('disallowed intents')
    expect(discord.control.state({ userId: '', channelId: '', locale: 'ja' }).botOnline).toBe(false)
  })

  it('brings the guild with its roles and channels', async () => {
    const discord = await open()
    const client = clientOf(discord, GatewayIntentBits.Guilds)
    await logIn(client)
    const guild = client.guilds.cache.get(discord.ids.guild)
    expect(guild?.roles.cache.map((role) => role.name)).toEqual(['@everyone', 'admin', 'operator', 'ops-bot'])
    expect(guild?.channels.cache.map((channel) => channel.name)).toEqual(['ops', 'secret'])
    expect(guild?.members.me?.permissions.has('PinMessages')).toBe(true)
  })
})

describe('intents', () => {
  async function heard(intents: number, privilegedIntents = 0): Promise<string[]> {
    const discord = await open({ privilegedIntents })
    const client = clientOf(discord, intents)
    const contents: string[] = []
    client.on(Events.MessageCreate, ({ content, system }) => {
      if (!system) contents.push(content)
    })
    const done = new Promise((resolve) => client.once(Events.ThreadCreate, resolve))
    await logIn(client)
    discord.say(
      { userId: discord.ids.users.Ada ?? '', locale: 'ja', channelId: discord.ids.channels.ops ?? '' },
      'hi',
    )
    const channel = await client.channels.fetch(discord.ids.channels.ops ?? '')
    if (channel?.isSendable()) await (await channel.send('own')).startThread({ name: 'after' })
    await done
    return contents
  }

  it('keep messages away from a bot that did not ask for them', async () => {
    expect(await heard(GatewayIntentBits.Guilds)).toEqual([])
  })

  it('blank what people write, but not what the bot wrote', async () => {
    expect(await heard(GatewayIntentBits.Guilds | GatewayIntentBits.GuildMessages)).toEqual(['', 'own'])
  })

  it('show everything to an application that was allowed message content', async () => {
    const { Guilds, GuildMessages, MessageContent } = GatewayIntentBits
    expect(await heard(Guilds | GuildMessages | MessageContent, MessageContent)).toEqual(['hi', 'own'])
  })
})

describe('a connection in trouble', () => {
  it.each([
    ['is cut', { kind: 'cut' }],
    ['is told to reconnect', { kind: 'reconnect' }],
    ['is closed with 4000', { kind: 'close', code: 4000 }],
  ] as const)('that %s is resumed, and what was missed is replayed', async (_name, fault) => {
    const on = await ponging()
    const resumed = new Promise<number>((resolve) => {
      on.client.once(Events.ShardResume, (_shard, replayed) => resolve(replayed))
    })
    on.discord.faults.gateway(fault)
    const made = await on.discord.control.slash(on.as('Ada'), ['ping'])
    await resumed
    await on.newest(on.as('Vera'), (one) => one.raw.content === 'pong')
    expect(on.discord.control.interaction(made.id).state).toBe('answered')
    expect(on.discord.control.messages(on.as('Vera'))).toHaveLength(1)
  })

  it('that lost its session identifies again', async () => {
    const on = await ponging()
    const ready = new Promise((resolve) => on.client.once(Events.ShardReady, resolve))
    on.discord.faults.gateway({ kind: 'invalid-session', resumable: false })
    await ready
    await on.discord.control.slash(on.as('Ada'), ['ping'])
    await on.newest(on.as('Ada'), (one) => one.raw.content === 'pong')
  })

  it('that is closed with 4004 leaves the bot deaf', async () => {
    const on = await ponging()
    const code = new Promise<number>((resolve) => {
      on.client.once(Events.ShardDisconnect, (event) => resolve(event.code))
    })
    on.discord.faults.gateway({ kind: 'close', code: 4004 })
    expect(await code).toBe(4004)
    await on.discord.until(() => !on.discord.control.state(on.as('Ada')).botOnline)
  })

  it('that gets no acknowledgements is given up by the client', async () => {
    const discord = await open({ heartbeatMs: 60 })
    const client = clientOf(discord, GatewayIntentBits.Guilds)
    await logIn(client)
    const dropped = new Promise((resolve) => client.once(Events.ShardReconnecting, resolve))
    discord.faults.gateway({ kind: 'mute-acks', on: true })
    await dropped
    const back = new Promise((resolve) => client.once(Events.ShardResume, resolve))
    discord.faults.clear()
    await back
    expect(client.ws.status).toBe(Status.Ready)
  })

  it('cannot be made while the gateway is away, and comes back with it', async () => {
    const on = await ponging()
    on.discord.faults.gateway({ kind: 'refuse-connections', on: true })
    on.discord.faults.gateway({ kind: 'cut' })
    await on.discord.until(() => !on.discord.control.state(on.as('Ada')).botOnline)
    on.discord.faults.clear()
    await on.discord.botReady()
    await on.discord.control.slash(on.as('Ada'), ['ping'])
    await on.newest(on.as('Ada'), (one) => one.raw.content === 'pong')
  })
})

describe('the gateway’s rules for a raw client', () => {
  async function closeCode(send: (socket: WebSocket) => void): Promise<number> {
    const discord = await open()
    const socket = new WebSocket(
      `${discord.apiUrl.replace('http', 'ws').replace('/api', '/gw')}?v=10&encoding=json`,
    )
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    socket.once('message', () => send(socket))
    return await closed
  }
  const payload = (op: number, d: unknown) => (socket: WebSocket) => socket.send(JSON.stringify({ op, d }))
  const identify = { token: TOKEN, intents: 1, properties: {} }
  const repeated = (times: number, send: (socket: WebSocket) => void) => (socket: WebSocket) => {
    for (let count = 0; count < times; count += 1) send(socket)
  }

  it.each<[string, number, (socket: WebSocket) => void]>([
    ['a wrong token', 4004, payload(2, { ...identify, token: 'x' })],
    ['intents that do not exist', 4013, payload(2, { ...identify, intents: 1 << 30 })],
    ['presence before identify', 4003, payload(3, {})],
    ['an opcode that does not exist', 4001, payload(99, {})],
    ['what is not JSON', 4002, (socket) => socket.send('hello')],
    ['more than 4096 bytes', 4002, payload(2, { ...identify, more: 'x'.repeat(4096) })],
    ['identify twice', 4005, repeated(2, payload(2, identify))],
    ['more than 120 events a minute', 4008, repeated(121, payload(1, null))],
  ])('%s closes it with %i', async (_name, code, send) => {
    expect(await closeCode(send)).toBe(code)
  })
})
