import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NodeRecord } from '../../registry/schema.ts'
import { DiscordNotifier } from '../../src/discord/alerts/notifier.ts'
import { type ChannelDeliveries, type Delivery, openDeliveries } from '../../src/incidents/deliveries.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { type IncidentDesk, openIncidentDesk } from '../../src/incidents/incident-desk.ts'
import { defaultIncidentSettings } from '../../src/incidents/settings.ts'
import type { Severity } from '../../src/monitor/conditions.ts'
import { type Signal, signalKey, type Topic } from '../../src/monitor/signal.ts'
import type { Context } from '../../src/operations/context.ts'
import type { As, MessageView } from '../../src/sandbox/discord/control.ts'
import type { DiscordOptions, DiscordSandbox } from '../../src/sandbox/discord/start-discord.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import { stage } from '../sandbox/discord/bot.ts'
import { type KeptLog, keepLog } from '../support/log-keeper.ts'
import { textOf } from '../support/room.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'
import { nodeRecord } from './extremes.ts'

/** What the channel has shown, with the possibility to lose a note as a crash does. */
export class LossyDeliveries implements ChannelDeliveries {
  /** A note for which this is true is never written. */
  loses: (changes: Partial<Delivery>) => boolean = () => false
  /** Comes before each note. */
  before: (changes: Partial<Delivery>) => Promise<void> = async () => {}
  readonly #kept: ChannelDeliveries

  constructor(kept: ChannelDeliveries) {
    this.#kept = kept
  }

  of(id: string): Delivery {
    return this.#kept.of(id)
  }

  ids(): string[] {
    return this.#kept.ids()
  }

  async note(id: string, changes: Partial<Delivery>): Promise<void> {
    await this.before(changes)
    if (this.loses(changes)) throw new Error('the process ended here')
    await this.#kept.note(id, changes)
  }

  forget(id: string): Promise<void> {
    return this.#kept.forget(id)
  }
}

/** The real notifier with the real discord.js on the embedded Discord. */
export interface AlertStage {
  discord: DiscordSandbox
  clock: ShiftedClock
  desk: IncidentDesk
  deliveries: LossyDeliveries
  log: KeptLog
  nodes: NodeRecord[]
  ada: As
  /** What a context of this fill says; null recovers. */
  context(level: Severity | null, more?: { session?: string; percent?: number; node?: string }): Promise<void>
  /** Two looks at a node, so that it counts. */
  availability(nodeIds: readonly string[], level: Severity | null): Promise<void>
  signals(...signals: Signal[]): Promise<void>
  only(): Incident
  /** Messages of the alert channel. */
  messages(): MessageView[]
  /** Lines of the thread on a message. */
  thread(message: MessageView): string[]
  /** Waits until nothing is left to send. */
  settled(): Promise<void>
  until<T>(read: () => T): Promise<NonNullable<T>>
  /** Ends the notifier and starts another on what was written. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** @param place where in its folder the store lies */
export async function alertStage(
  more: Partial<DiscordOptions> = {},
  place: (folder: string) => Promise<string> = async (folder) => folder,
): Promise<AlertStage> {
  const set = await stage(async () => undefined, { rateLimits: false, ...more })
  const { discord, client } = set
  const clock = new ShiftedClock()
  const log = keepLog()
  const folder = await mkdtemp(join(tmpdir(), 'ocm-alerts-'))
  const store = await openSqliteStore({ path: join(await place(folder), 'ocm.db'), log, clock })
  const kept = await openDeliveries(store)
  const deliveries = new LossyDeliveries(kept.channel('discord'))
  const desk = await openIncidentDesk({
    store,
    clock,
    settings: defaultIncidentSettings,
    tagsOf: () => [],
    unwatchedAt: () => new Map(),
    isShown: kept.isShown,
  })
  const nodes = [nodeRecord()]
  const context = {
    incidents: desk,
    registry: { list: () => nodes },
    histories: { get: () => undefined, prepare: async () => {}, observe: () => {} },
    snapshots: { get: () => undefined },
    clock,
    log,
  } as unknown as Context
  const ada = set.as('Ada')
  if (!client.isReady()) throw new Error('the client is not ready')
  const build = () =>
    new DiscordNotifier({
      context,
      deliveries,
      channelId: ada.channelId,
      roleId: discord.ids.roles.operator ?? null,
      locale: 'en',
      client: () => client,
      commandIds: () => new Map(),
    })
  let notifier = build()
  notifier.start()
  const until = <T>(read: () => T) => discord.until(read, 30_000)
  const signals = async (...all: Signal[]) => void (await desk.apply({ kind: 'signals', signals: all }))

  return {
    discord,
    clock,
    desk,
    deliveries,
    log,
    nodes,
    ada,
    signals,
    until,
    context: (level, { session = 'agent:main:main', percent = 70, node = 'alpha' } = {}) =>
      signals(contextSignal(clock.now(), node, session, level, percent)),
    async availability(nodeIds, level) {
      for (let look = 0; look < 2; look += 1) {
        clock.setForward(30_000)
        await signals(...nodeIds.map((id) => nodeSignal('availability', clock.now(), id, level)))
      }
    },
    only() {
      const [incident, ...others] = desk.state().incidents
      if (!incident || others.length > 0) throw new Error(`${others.length + 1} incidents`)
      return incident
    },
    messages: () =>
      discord.control.messages(ada).filter(({ authorIsBot, raw }) => authorIsBot && raw.type === 0),
    thread: (message) =>
      discord.control
        .messages({ ...ada, channelId: message.threadId ?? '' })
        .flatMap(({ raw }) => String(raw.content ?? '').split('\n'))
        .filter(Boolean),
    async settled() {
      for (let round = 0; round < 20; round += 1) {
        const { incidents, digests } = desk.posted()
        const behind = [...incidents, ...digests].some(({ id, revision }) => {
          const { messageId, revision: shown } = deliveries.of(id)
          return messageId === null || shown < revision
        })
        const untold = incidents.some(
          ({ id, timelineStart, timeline }) => deliveries.of(id).told < timelineStart + timeline.length,
        )
        if (!behind && !untold) return
        const done = () => JSON.stringify(deliveries.ids().map((id) => deliveries.of(id)))
        const before = done()
        clock.setForward(5_000)
        await desk.apply({ kind: 'tick' })
        await discord.until(() => done() !== before, 1_000).catch(() => undefined)
      }
      throw new Error(`still behind: ${JSON.stringify(deliveries.ids().map((id) => deliveries.of(id)))}`)
    },
    async restart() {
      await notifier.stop()
      deliveries.loses = () => false
      notifier = build()
      notifier.start()
    },
    async close() {
      await notifier.stop()
      await set.close()
      await desk.close()
      await kept.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

function contextSignal(
  at: number,
  nodeId: string,
  sessionKey: string,
  level: Severity | null,
  percent: number,
): Signal {
  const subject = { nodeId, agentId: 'main', sessionKey }
  const used = Math.round(1659.52 * percent)
  const params = {
    agent: 'main',
    session: sessionKey,
    model: 'big',
    used,
    window: 200_000,
    reserve: 34_048,
    headroom: 165_952 - used,
    percent,
  }
  const seen = { level, holdLevel: level, cause: 'context-level' as const, params }
  return { key: signalKey('context', subject), topic: 'context', subject, at, seen }
}

export function nodeSignal(topic: Topic, at: number, nodeId: string, level: Severity | null): Signal {
  const subject = { nodeId, agentId: null, sessionKey: null }
  const seen = { level, holdLevel: level, cause: 'node-unreachable' as const, params: { node: nodeId } }
  return { key: signalKey(topic, subject), topic, subject, at, seen }
}

export { textOf }
