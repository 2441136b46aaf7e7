import { ChannelType, DiscordAPIError, type TextChannel } from 'discord.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRecords } from '../../../src/sandbox/discord/json.ts'
import { Permission } from '../../../src/sandbox/discord/permissions.ts'
import { ShiftedClock } from '../../support/shifted-clock.ts'
import { type Stage, stage } from './bot.ts'

let on: Stage
let ops: TextChannel
const clock = new ShiftedClock()

beforeAll(async () => {
  on = await stage(async () => {}, {
    rateLimits: false,
    clock,
    channels: [
      { name: 'ops' },
      { name: 'news', kind: 'announcement' },
      { name: 'hidden', overwrites: { bot: { deny: Permission.viewChannel } } },
      { name: 'silent', overwrites: { '@everyone': { deny: Permission.sendMessages } } },
      {
        name: 'private',
        overwrites: { '@everyone': { deny: Permission.viewChannel }, Oki: { allow: Permission.viewChannel } },
      },
    ],
  })
  ops = await channel('ops')
})

afterAll(() => on.close())

async function channel(name: string): Promise<TextChannel> {
  const found = await on.client.channels.fetch(on.discord.ids.channels[name] ?? '', { force: true })
  if (found?.type !== ChannelType.GuildText) throw new Error(`${name} is no text channel`)
  return found
}

async function codeOf(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act()
    return 'taken'
  } catch (error) {
    if (!(error instanceof DiscordAPIError)) throw error
    on.discord.expectRefusal({ code: Number(error.code), status: error.status })
    return [error.status, error.code]
  }
}

const seen = (id: string) => on.discord.control.messages(on.as('Ada')).find((one) => one.id === id)
const raw = (path: `/${string}`, body: unknown) => on.client.rest.post(path, { body })

describe('permissions in a channel', () => {
  it('decide what the bot may do', async () => {
    expect(await codeOf(() => channel('hidden'))).toEqual([403, 50001])
    const silent = await channel('silent')
    expect(await codeOf(() => silent.send('x'))).toEqual([403, 50013])
    expect(await codeOf(() => on.client.channels.fetch('1574123569657413000'))).toEqual([404, 10003])
  })

  it('decide what people see', () => {
    const names = (user: string) => on.discord.control.state(on.as(user)).channels.map((one) => one.name)
    expect(names('Vera')).toEqual(['ops', 'news', 'hidden', 'silent'])
    expect(names('Oki')).toEqual(['ops', 'news', 'hidden', 'silent', 'private'])
    expect(names('Ada')).toEqual(['ops', 'news', 'hidden', 'silent', 'private'])
    const inPrivate = { ...on.as('Vera'), channelId: on.discord.ids.channels.private ?? '' }
    expect(on.discord.control.messages(inPrivate)).toEqual([])
  })
})

describe('mentions', () => {
  const ids = () => on.discord.ids
  const everything = () =>
    `<@${ids().users.Vera}> <@&${ids().roles.operator}> <@&${ids().roles.admin}> @everyone \`<@${ids().users.Oki}>\``

  it('ping whom the text names, as far as the bot may, and nobody in code', async () => {
    const sent = await ops.send(everything())
    expect(seen(sent.id)?.pinged).toEqual([ids().users.Vera, ids().roles.operator])
    expect(sent.mentions.users.map((user) => user.username)).toEqual(['vera'])
  })

  it('ping nobody when the message says so', async () => {
    const sent = await ops.send({ content: everything(), allowedMentions: { parse: [] } })
    expect(seen(sent.id)?.pinged).toEqual([])
  })

  it('ping only the listed ones', async () => {
    const allowedMentions = { parse: [], users: [ids().users.Vera ?? ''] }
    expect(seen((await ops.send({ content: everything(), allowedMentions })).id)?.pinged).toEqual([
      ids().users.Vera,
    ])
  })

  it('count in V2 texts, and an edit pings no one', async () => {
    const components = [{ type: 10, content: `<@${ids().users.Ada}>` }]
    const sent = await ops.send({ flags: 32_768, components })
    expect(seen(sent.id)?.pinged).toEqual([ids().users.Ada])
    const plain = await ops.send('quiet')
    await plain.edit(`<@${ids().users.Ada}>`)
    expect(seen(plain.id)?.pinged).toEqual([])
  })
})

describe('files', () => {
  const file = (name: string, text = name) => ({ name, attachment: Buffer.from(text) })
  const names = (id: string) => asRecords(seen(id)?.raw.attachments).map((one) => one.filename)

  it('stay in an edit that does not speak of them, and go when a list leaves them out', async () => {
    const sent = await ops.send({ content: 'two', files: [file('a.txt'), file('b.txt')] })
    await sent.edit('still two')
    expect(names(sent.id)).toEqual(['a.txt', 'b.txt'])
    const keep = sent.attachments.filter((one) => one.name === 'b.txt')
    const edited = await sent.edit({ attachments: [...keep.values()], files: [file('c.txt')] })
    expect(names(sent.id)).toEqual(['b.txt', 'c.txt'])
    expect(edited.attachments.size).toBe(2)
    await edited.edit({ files: [file('d.txt')] })
    expect(names(sent.id)).toEqual(['d.txt'])
    expect((await fetch(edited.attachments.first()?.url ?? '')).status).toBe(404)
  })

  it('get names that Discord can live with', async () => {
    const sent = await ops.send({ files: [file('my ノード.txt')] })
    expect(names(sent.id)).toEqual(['my_.txt'])
  })

  it('are refused when they are too many or too big, or when their reference is wrong', async () => {
    const many = Array.from({ length: 11 }, (_, index) => file(`${index}.txt`))
    expect(await codeOf(() => ops.send({ files: many }))).toEqual([400, 30015])
    const big = file('big.txt', 'x'.repeat(10 * 1024 * 1024 + 1))
    expect(await codeOf(() => ops.send({ files: [big] }))).toEqual([413, 40005])
    const components = [{ type: 13, file: { url: 'attachment://other.txt' } }]
    expect(await codeOf(() => ops.send({ flags: 32_768, components, files: [file('a.txt')] }))).toEqual([
      400, 50035,
    ])
  })

  it('are offered for download unless they are harmless to show', async () => {
    const sent = await ops.send({ files: [file('page.html', '<script>1</script>')] })
    const response = await fetch(sent.attachments.first()?.url ?? '')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="page.html"')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('messages', () => {
  it('are not doubled when a nonce is enforced', async () => {
    const one = await ops.send({ content: 'once', nonce: '42', enforceNonce: true })
    const two = await ops.send({ content: 'once', nonce: '42', enforceNonce: true })
    expect(two.id).toBe(one.id)
  })

  it('are deleted by people and by the bot', async () => {
    const sent = await ops.send('to be deleted')
    on.discord.control.deleteMessage(ops.id, sent.id)
    expect(await codeOf(() => sent.edit('gone'))).toEqual([404, 10008])
    const own = await ops.send('mine')
    await own.delete()
    expect(seen(own.id)).toBeUndefined()
  })

  it('of others can be neither edited nor deleted by the bot', async () => {
    const said = on.discord.say(on.as('Vera'), 'hello')
    const message = await ops.messages.fetch(said.id)
    expect(message.content).toBe('hello')
    expect(
      await codeOf(() =>
        on.client.rest.patch(`/channels/${ops.id}/messages/${said.id}`, { body: { content: 'x' } }),
      ),
    ).toEqual([403, 50005])
    expect(await codeOf(() => message.delete())).toEqual([403, 50013])
  })

  it('are replied to, unless what they reply to is gone', async () => {
    const said = on.discord.say(on.as('Vera'), 'question')
    const answer = await ops.send({ content: 'answer', reply: { messageReference: said.id } })
    expect(answer.reference?.messageId).toBe(said.id)
    expect(seen(answer.id)?.pinged).toEqual([on.discord.ids.users.Vera])
    const reply = { messageReference: said.id }
    const quiet = await ops.send({ content: 'quiet', reply, allowedMentions: { repliedUser: false } })
    expect(seen(quiet.id)?.pinged).toEqual([])
    on.discord.control.deleteMessage(ops.id, said.id)
    expect(await codeOf(() => ops.send({ content: 'late', reply: { messageReference: said.id } }))).toEqual([
      400, 50035,
    ])
  })

  it('turn to V2 when the old parts are taken away in the same edit', async () => {
    const sent = await ops.send({ content: 'old', embeds: [{ title: 'old' }] })
    const components = [{ type: 10, content: 'new' }]
    expect(await codeOf(() => sent.edit({ flags: 32_768, components }))).toEqual([400, 50035])
    await sent.edit({ flags: 32_768, components, content: null, embeds: [] })
    expect(seen(sent.id)?.raw).toMatchObject({ content: '', embeds: [], flags: 32_768 })
    expect(await codeOf(() => sent.edit({ content: 'back', components: [] }))).toEqual([400, 50035])
  })

  it('that are polls cannot be edited', async () => {
    const poll = {
      question: { text: 'Restart?' },
      answers: [{ text: 'yes' }, { text: 'no' }],
      duration: 1,
      allowMultiselect: false,
    }
    const sent = await ops.send({ poll })
    expect(await codeOf(() => sent.edit('changed'))).toEqual([400, 520003])
  })

  it('are pinned and listed', async () => {
    const sent = await ops.send('pin me')
    await sent.pin()
    const pins = await ops.messages.fetchPins()
    expect(pins.items.map((item) => item.message.id)).toEqual([sent.id])
    await sent.unpin()
    expect((await ops.messages.fetchPins()).items).toEqual([])
  })

  it('are refused when there is nothing in them', async () => {
    expect(await codeOf(() => raw(`/channels/${ops.id}/messages`, { content: ' ' }))).toEqual([400, 50006])
  })
})

describe('threads', () => {
  it('grow from a message, once', async () => {
    const sent = await ops.send('incident')
    const thread = await sent.startThread({ name: 'incident 7', autoArchiveDuration: 1440 })
    expect(thread.id).toBe(sent.id)
    expect(seen(sent.id)?.threadId).toBe(thread.id)
    await thread.send('in the room')
    const inThread = { ...on.as('Vera'), channelId: thread.id }
    const [starter, ...said] = on.discord.control.messages(inThread)
    expect(starter?.raw).toMatchObject({ type: 21, content: '', message_reference: { message_id: sent.id } })
    expect(said.map((one) => one.raw.content)).toEqual(['in the room'])
    expect(on.discord.control.state(inThread).channels).toContainEqual({
      id: thread.id,
      name: 'incident 7',
      type: 11,
      parentId: ops.id,
    })
    expect(
      await codeOf(() => raw(`/channels/${ops.id}/messages/${sent.id}/threads`, { name: 'again' })),
    ).toEqual([400, 160004])
  })

  it('tell their channel nothing when they grow from a message that was just posted, and of an older one that they did', async () => {
    const notices = () => on.discord.control.messages(on.as('Ada')).filter(({ raw: { type } }) => type === 18)
    const before = notices().length
    await (await ops.send('new')).startThread({ name: 'at once' })
    expect(notices()).toHaveLength(before)
    const old = await ops.send('old')
    clock.setForward(60_000)
    const thread = await old.startThread({ name: 'later' })
    expect(notices().slice(before)).toEqual([
      expect.objectContaining({
        raw: expect.objectContaining({
          content: 'later',
          message_reference: expect.objectContaining({ channel_id: thread.id }),
        }),
      }),
    ])
  })

  it('take no more than so many edits of a message that is older than an hour', async () => {
    const message = await ops.send('old')
    // discord.js takes the status for a rate limit of its own and tries for ever.
    const edit = async (content: string) => {
      const answer = await fetch(`${on.discord.apiUrl}/v10/channels/${ops.id}/messages/${message.id}`, {
        method: 'PATCH',
        headers: { Authorization: `Bot ${on.client.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ content }),
      })
      return [answer.status, ((await answer.json()) as { code?: number }).code]
    }
    for (let count = 0; count < 40; count += 1) expect(await edit(`young ${count}`)).toEqual([200, undefined])
    clock.setForward(3_660_000)
    const taken: unknown[] = []
    for (let count = 0; count < 21; count += 1) taken.push(await edit(`late ${count}`))
    expect(taken.slice(0, 20)).toEqual(Array(20).fill([200, undefined]))
    expect(taken[20]).toEqual([429, 30046])
    on.discord.expectRefusal({ code: 30046, status: 429 })
    clock.setForward(7_500_000)
    expect(await edit('an hour later')).toEqual([200, undefined])
  })

  it('rest when archived, wake by a message, and stay shut when locked', async () => {
    const thread = await ops.threads.create({ name: 'room', type: ChannelType.PublicThread })
    const first = await thread.send('first')
    await thread.setArchived(true)
    expect(await codeOf(() => first.edit('changed'))).toEqual([400, 50083])
    await thread.send('wakes it')
    await first.edit('changed')
    expect(await codeOf(() => thread.setLocked(true))).toEqual([403, 50013])
  })

  it('take no message once a moderator has locked them, open or archived', async () => {
    const thread = await ops.threads.create({ name: 'shut', type: ChannelType.PublicThread })
    await thread.send('before')
    on.discord.control.lockThread(thread.id)
    expect(await codeOf(() => thread.send('after'))).toEqual([400, 160005])
    await thread.setArchived(true)
    expect(await codeOf(() => thread.send('after'))).toEqual([400, 50083])
  })

  it('are of a type of their own in a channel of announcements', async () => {
    const news = await on.client.channels.fetch(on.discord.ids.channels.news ?? '')
    if (news?.type !== ChannelType.GuildAnnouncement) throw new Error('no channel of announcements')
    const thread = await (await news.send('look')).startThread({ name: 'talk' })
    expect(thread.type).toBe(ChannelType.AnnouncementThread)
    expect((await thread.send('here')).channelId).toBe(thread.id)
    const alone = { name: 'alone', type: ChannelType.AnnouncementThread } as const
    expect((await news.threads.create(alone)).type).toBe(ChannelType.AnnouncementThread)
    const create = (channel: { id: string }, type: ChannelType) =>
      codeOf(() => raw(`/channels/${channel.id}/threads`, { name: 'odd', type }))
    expect(await create(news, ChannelType.PublicThread)).toEqual([400, 50024])
    expect(await create(ops, ChannelType.AnnouncementThread)).toEqual([400, 50024])
  })
})

describe('direct messages', () => {
  it('reach the person and no one else', async () => {
    const direct = await on.client.users.createDM(on.discord.ids.users.Vera ?? '')
    await direct.send('only you')
    const read = (user: string) => on.discord.control.messages({ ...on.as(user), channelId: direct.id })
    expect(read('Vera').map((one) => one.raw.content)).toEqual(['only you'])
    expect(read('Ada')).toEqual([])
  })
})

describe('what the bot asks about', () => {
  it('is answered: itself, the guild, members, roles', async () => {
    expect((await on.client.application?.fetch())?.name).toBe('ops-bot')
    const guild = await on.client.guilds.fetch({
      guild: on.discord.ids.guild,
      force: true,
      withCounts: false,
    })
    const oki = await guild.members.fetch(on.discord.ids.users.Oki ?? '')
    expect(oki.roles.cache.map((role) => role.name)).toContain('operator')
    expect((await guild.roles.fetch()).size).toBe(4)
    expect((await guild.channels.fetch()).size).toBe(5)
  })

  it('is refused where nothing is', async () => {
    expect(await codeOf(() => on.client.rest.get('/nowhere'))).toEqual([404, 0])
    expect(await codeOf(() => on.client.rest.get('/users/1574123569657413000'))).toEqual([404, 10013])
  })
})
