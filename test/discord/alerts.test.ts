import { afterEach, describe, expect, it } from 'vitest'
import { controlsOf } from '../support/room.ts'
import { type AlertStage, alertStage, textOf } from './alert-stage.ts'

const MINUTE = 60_000

describe('the notifier', () => {
  let s: AlertStage
  afterEach(() => s.close())

  it('keeps one message for an incident from its opening to its end, with its story in a thread', async () => {
    s = await alertStage()
    await s.context('notice', { percent: 68 })
    const [first] = await s.until(() => (s.messages().length > 0 ? s.messages() : null))
    expect(textOf(first as never)).toMatch(/🔵 main on Alpha[\s\S]*68% of its usable context/)

    await s.context('critical', { percent: 93 })
    await s.desk.apply({ kind: 'acknowledge', incidentId: 'I-1', by: 'Ada' })
    await s.settled()
    const [worse] = s.messages()
    expect(textOf(worse as never)).toMatch(/🔴 main on Alpha[\s\S]*93%[\s\S]*acknowledged by Ada/)

    s.clock.setForward(12 * MINUTE)
    await s.context(null, { percent: 20 })
    await s.settled()
    const messages = s.messages()
    expect(messages.map(({ id }) => id)).toEqual([first?.id])
    const [over] = messages
    expect(textOf(over as never)).toMatch(/✅ main on Alpha[\s\S]*resolved .* after 12 min/)
    expect(controlsOf(over as never)).toEqual(['v1|alert-list|why|I-1'])
    expect(s.thread(over as never).filter((line) => line.startsWith('<t:'))).toEqual([
      expect.stringContaining('Opened as Notice'),
      expect.stringMatching(/🔴 Worse: Notice → Critical \(93%\)/),
      expect.stringContaining('Acknowledged by Ada'),
      expect.stringContaining('Resolved after 12 minutes'),
    ])
  })

  it('edits at most every two seconds, and shows the last state', async () => {
    s = await alertStage()
    await s.context('notice', { percent: 66 })
    await s.settled()
    const edits = () => s.discord.requests().filter(({ method }) => method === 'PATCH').length
    const before = edits()
    for (let percent = 66; percent < 79; percent += 1) await s.context('notice', { percent })
    await s.settled()
    expect(textOf(s.messages()[0] as never)).toContain('78%')
    expect(edits() - before).toBeLessThanOrEqual(2)
  })

  it('calls the role when it is critical and when nobody takes it, and nobody else', async () => {
    s = await alertStage()
    const role = s.discord.ids.roles.operator
    await s.context('warning', { percent: 82 })
    await s.settled()
    expect(s.messages()[0]?.pinged).toEqual([])
    await s.context('critical', { percent: 95 })
    await s.settled()
    s.clock.setForward(16 * MINUTE)
    await s.desk.apply({ kind: 'tick' })
    await s.settled()
    const card = s.messages()[0]
    const lines = s.discord.control.messages({ ...s.ada, channelId: card?.threadId ?? '' })
    const said = lines.filter(({ raw }) => raw.type === 0)
    expect(said.map(({ pinged }) => pinged)).toEqual([[], [role], [role]])
    expect(textOf(card as never)).toContain(`<@&${role}>`)
    expect(card?.raw.mention_roles).toEqual([role])
  })

  it('finds its message after a crash between posting and writing it down', async () => {
    s = await alertStage()
    s.deliveries.loses = ({ messageId }) => messageId !== undefined
    await s.context('warning', { percent: 82 })
    await s.until(() => s.messages().length === 1)
    await s.context('critical', { percent: 92 })
    await s.restart()
    await s.settled()
    expect(s.messages()).toHaveLength(1)
    expect(textOf(s.messages()[0] as never)).toContain('92%')
    expect(s.deliveries.of(s.only().id).messageId).toBe(s.messages()[0]?.id)
  })

  it('tells nothing twice after a crash between telling it and writing it down', async () => {
    s = await alertStage()
    s.discord.expectRefusal({ code: 160_004 })
    await s.context('warning', { percent: 82 })
    await s.settled()
    s.deliveries.loses = ({ told }) => told !== undefined
    await s.context('critical', { percent: 92 })
    const [card] = s.messages()
    await s.until(() => s.messages()[0]?.threadId)
    await s.until(() => s.thread(s.messages()[0] as never).length > 1)
    await s.restart()
    await s.desk.apply({ kind: 'acknowledge', incidentId: 'I-1', by: 'Ada' })
    await s.settled()
    const lines = s.thread(s.messages()[0] as never).filter((line) => line.startsWith('<t:'))
    expect(lines).toEqual([
      expect.stringContaining('Opened as Warning'),
      expect.stringContaining('Worse'),
      expect.stringContaining('Acknowledged by Ada'),
    ])
    expect(s.messages()[0]?.id).toBe(card?.id)
  })

  it('posts a message that was deleted by hand once more, and then takes it as a wish', async () => {
    s = await alertStage()
    s.discord.expectRefusal({ code: 10_008 })
    await s.context('warning', { percent: 82 })
    await s.settled()
    const remove = () => s.discord.control.deleteMessage(s.ada.channelId, s.messages()[0]?.id ?? '')
    remove()
    await s.context('warning', { percent: 84 })
    s.clock.setForward(10_000)
    await s.desk.apply({ kind: 'tick' })
    await s.until(() => s.messages().length === 1)
    await s.settled()
    expect(textOf(s.messages()[0] as never)).toContain('84%')
    remove()
    await s.context('critical', { percent: 95 })
    s.clock.setForward(10_000)
    await s.desk.apply({ kind: 'tick' })
    await s.until(() => s.only().place === 'dropped')
    expect(s.messages()).toHaveLength(0)
  })

  it('sends later what Discord refused for a while, without holding up another message', async () => {
    s = await alertStage()
    // discord.js itself tries four times.
    s.discord.faults.rest({
      method: 'POST',
      path: /\/messages$/,
      times: 4,
      act: { kind: 'status', status: 503 },
    })
    await s.context('warning', { percent: 82 })
    await s.until(() => s.log.lines.some(({ message }) => message.includes('could not be sent')))
    await s.context('warning', { session: 'agent:main:other', percent: 83 })
    await s.until(() => s.messages().length === 1)
    expect(textOf(s.messages()[0] as never)).toContain('agent:main:other')
    await s.settled()
    expect(s.messages()).toHaveLength(2)
  })

  it('posts once when the connection breaks under the post', async () => {
    s = await alertStage()
    s.discord.faults.rest({ method: 'POST', path: /\/messages$/, times: 6, act: { kind: 'reset' } })
    await s.context('warning', { percent: 82 })
    await s.settled()
    expect(s.messages()).toHaveLength(1)
  })

  it('posts anew what Discord lets nobody edit any more, and takes the old message away', async () => {
    s = await alertStage()
    await s.context('warning', { percent: 82 })
    await s.settled()
    const [former] = s.messages()
    s.discord.faults.rest({
      method: 'PATCH',
      path: /\/messages\//,
      times: 1,
      act: {
        kind: 'status',
        status: 429,
        body: { code: 30_046, message: 'Maximum number of edits to messages older than 1 hour reached' },
      },
    })
    await s.context('critical', { percent: 92 })
    await s.until(() => s.messages().length === 1 && s.messages()[0]?.id !== former?.id)
    await s.settled()
    expect(s.messages()).toHaveLength(1)
    expect(textOf(s.messages()[0] as never)).toContain('92%')
    expect(s.only().place).toBe('own')
    // That was nobody's wish: deleted by hand for the first time, it still comes back.
    const anew = s.messages()[0]?.id ?? ''
    s.discord.expectRefusal({ code: 10_008 })
    s.discord.control.deleteMessage(s.ada.channelId, anew)
    await s.context('critical', { percent: 97 })
    s.clock.setForward(10_000)
    await s.desk.apply({ kind: 'tick' })
    await s.until(() => s.messages().length === 1 && s.messages()[0]?.id !== anew)
    await s.settled()
    expect(textOf(s.messages()[0] as never)).toContain('97%')
    expect(s.only().place).toBe('own')
  })

  it('calls the role in the channel when the server takes no more threads', async () => {
    s = await alertStage()
    const role = s.discord.ids.roles.operator
    s.discord.faults.rest({
      method: 'POST',
      path: /\/threads$/,
      times: 10,
      act: {
        kind: 'status',
        status: 400,
        body: { code: 160_006, message: 'Maximum number of active threads reached' },
      },
    })
    await s.context('warning', { percent: 82 })
    await s.settled()
    await s.context('critical', { percent: 92 })
    await s.settled()
    const calls = s.discord.control.messages(s.ada).filter(({ raw }) => raw.type === 19)
    expect(calls.map(({ pinged }) => pinged)).toEqual([[role]])
    expect(calls[0]?.raw.content).toContain('Worse')
    expect(s.log.lines.filter(({ message }) => message.includes('could not be sent'))).toEqual([])
  })

  it('calls the role in the channel when the thread was locked', async () => {
    s = await alertStage()
    await s.context('warning', { percent: 82 })
    await s.settled()
    const { threadId } = s.deliveries.of(s.only().id)
    s.discord.faults.rest({
      method: 'POST',
      path: new RegExp(`/channels/${threadId}/messages$`),
      times: 10,
      act: { kind: 'status', status: 400, body: { code: 160_005, message: 'Thread is locked' } },
    })
    await s.context('critical', { percent: 92 })
    await s.settled()
    const calls = s.discord.control.messages(s.ada).filter(({ raw }) => raw.type === 19)
    expect(calls.map(({ pinged }) => pinged)).toEqual([[s.discord.ids.roles.operator]])
  })

  it('does without threads where it may not start them, and says so once', async () => {
    const everyone = (1n << 10n) | (1n << 11n) | (1n << 14n) | (1n << 15n) | (1n << 16n) | (1n << 31n)
    s = await alertStage({ guild: { everyone } })
    await s.context('notice', { percent: 66 })
    await s.settled()
    await s.context('warning', { percent: 82 })
    await s.settled()
    await s.context('critical', { percent: 92 })
    await s.settled()
    expect(s.messages()).toHaveLength(1)
    expect(s.messages()[0]?.threadId).toBeNull()
    expect(s.log.lines.filter(({ message }) => message.includes('may not start threads'))).toHaveLength(1)
  })

  describe('in a storm', () => {
    it('turns 90 crossings in ten minutes into at most three messages, also with a restart in between', async () => {
      s = await alertStage()
      const levels = ['notice', 'warning', 'critical'] as const
      for (let crossing = 0; crossing < 90; crossing += 1) {
        s.clock.setForward(6_600)
        const level = levels[crossing % 3] ?? 'notice'
        await s.context(level, { session: `agent:main:${crossing % 10}`, percent: 66 + crossing / 4 })
        if (crossing === 45) await s.restart()
      }
      await s.settled()
      expect(s.messages().length).toBeLessThanOrEqual(3)
      const shown = s
        .messages()
        .map((message) => textOf(message))
        .join('\n')
      for (const { id } of s.desk.state().incidents) expect(shown).toContain(id)
    })

    it('turns the loss of 50 nodes at once into at most three messages that count them all', async () => {
      s = await alertStage()
      const ids = Array.from({ length: 50 }, (_, index) => `node-${index}`)
      await s.availability(ids, 'critical')
      await s.restart()
      await s.settled()
      expect(s.messages().length).toBeLessThanOrEqual(3)
      expect(
        s
          .messages()
          .map((message) => textOf(message))
          .join('\n'),
      ).toContain('48 more alerts')
      await s.availability(ids, null)
      await s.settled()
      expect(s.messages().length).toBeLessThanOrEqual(3)
      expect(
        s
          .messages()
          .map((message) => textOf(message))
          .join('\n'),
      ).toContain('0 open, 48 resolved')
    })

    it('keeps a node that comes and goes for an hour in one message', async () => {
      s = await alertStage()
      for (let round = 0; round < 30; round += 1) {
        await s.availability(['alpha'], 'critical')
        await s.availability(['alpha'], null)
        if (round === 15) await s.restart()
      }
      await s.settled()
      expect(s.messages()).toHaveLength(1)
      expect(textOf(s.messages()[0] as never)).toContain('comes and goes')
    })
  })
})
