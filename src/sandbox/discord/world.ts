import type { Clock } from '../clock.ts'
import type { Refusal, SandboxLocale } from './control.ts'
import type { Interaction } from './interaction.ts'
import type { Json } from './json.ts'
import { createSnowflakes } from './snowflake.ts'

export interface User {
  id: string
  name: string
  bot: boolean
  roleIds: string[]
}

export interface Role {
  id: string
  name: string
  permissions: bigint
  position: number
  mentionable: boolean
  managed: boolean
}

export interface Overwrite {
  id: string
  /** 0 role, 1 member. */
  type: 0 | 1
  allow: bigint
  deny: bigint
}

export interface ThreadState {
  ownerId: string
  archived: boolean
  locked: boolean
  autoArchiveMinutes: number
  changedAt: number
  memberIds: string[]
}

export interface Channel {
  id: string
  name: string
  /** 0 text, 1 direct messages, 11 public thread. */
  /** 0 text, 1 direct messages, 5 announcements, 10 and 11 the threads of the latter and of the first. */
  type: 0 | 1 | 5 | 10 | 11
  parentId: string | null
  overwrites: Overwrite[]
  thread: ThreadState | null
  /** The person at the other end of direct messages. */
  recipientId: string | null
}

export interface StoredMessage {
  id: string
  channelId: string
  authorId: string
  /** Discord's message object. */
  raw: Json
  /** The only person who sees it, or null when everybody does. */
  ephemeralTo: string | null
  pinged: string[]
  createdAt: number
  editedAt: number | null
  /** When it was edited after its first hour; epoch ms, the latest ones. */
  lateEdits: number[]
  pinnedAt: number | null
  invokedBy: { userId: string; label: string } | null
  threadId: string | null
}

export interface StoredFile {
  id: string
  channelId: string
  name: string
  contentType: string
  data: Buffer
}

export interface StoredCommand {
  id: string
  /** Null for a global command. */
  guildId: string | null
  version: string
  body: Json
}

export interface RestCall {
  method: string
  /** Behind /api/v10, decoded, without the query. */
  path: string
  query: string
  /** The JSON body or the payload_json of a multipart one. */
  body: Json | unknown[] | null
  /** Names of uploaded files. */
  files: string[]
  /** Epoch ms by the injected clock. */
  at: number
}

export interface Guild {
  id: string
  name: string
  ownerId: string
  locale: SandboxLocale
}

const LOGGED_CALLS = 20_000

/** All that the emulated Discord knows. Every change goes through `changed`, which tells the page and the waiting tests. */
export class World {
  readonly clock: Clock
  readonly guild: Guild
  readonly bot: User
  /** Discord replaces it when a bot identifies too often in a day. */
  token: string
  readonly nextId: () => string
  readonly users = new Map<string, User>()
  readonly roles = new Map<string, Role>()
  readonly channels = new Map<string, Channel>()
  /** By channel, oldest first. */
  readonly messages = new Map<string, StoredMessage[]>()
  readonly files = new Map<string, StoredFile>()
  readonly commands = new Map<string, StoredCommand>()
  readonly interactions = new Map<string, Interaction>()
  readonly refusals: Refusal[] = []
  readonly calls: RestCall[] = []
  /** When new command names were made, for the daily limit. */
  commandCreates: number[] = []
  version = 1
  botOnline = false
  /** Where attachment addresses begin, for example http://127.0.0.1:4000/cdn. */
  cdnUrl = ''
  /** Addresses that people may be sent back to after they signed in; compared letter by letter. */
  readonly redirects = new Set<string>()
  readonly #listeners = new Set<() => void>()
  readonly #subscribers = new Set<(event: string, data: Json) => void>()

  constructor(init: {
    clock: Clock
    token: string
    guildName: string
    locale: SandboxLocale
    botName: string
    guildId: string | null
  }) {
    this.clock = init.clock
    this.token = init.token
    this.nextId = createSnowflakes(() => init.clock.now())
    const guildId = init.guildId ?? this.nextId()
    this.bot = { id: this.nextId(), name: init.botName, bot: true, roleIds: [] }
    this.guild = { id: guildId, name: init.guildName, ownerId: this.nextId(), locale: init.locale }
    this.users.set(this.bot.id, this.bot)
  }

  changed(): void {
    this.version += 1
    for (const listener of this.#listeners) listener()
  }

  /** Calls `listener` after every change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Receives every gateway event, before intents decide who gets it. */
  onEvent(subscriber: (event: string, data: Json) => void): void {
    this.#subscribers.add(subscriber)
  }

  publish(event: string, data: Json): void {
    for (const subscriber of this.#subscribers) subscriber(event, data)
  }

  /** Writes a REST call down; the oldest are forgotten in a long demo. */
  logCall(call: RestCall): void {
    this.calls.push(call)
    if (this.calls.length > LOGGED_CALLS) this.calls.shift()
  }

  messagesIn(channelId: string): StoredMessage[] {
    let list = this.messages.get(channelId)
    if (list === undefined) {
      list = []
      this.messages.set(channelId, list)
    }
    return list
  }

  message(channelId: string, messageId: string): StoredMessage | undefined {
    return this.messages.get(channelId)?.find((one) => one.id === messageId)
  }

  /** Looks in every channel: ids are unique. */
  findMessage(messageId: string): StoredMessage | undefined {
    for (const list of this.messages.values()) {
      const found = list.find((one) => one.id === messageId)
      if (found) return found
    }
    return undefined
  }

  isoNow(): string {
    return new Date(this.clock.now()).toISOString()
  }
}
