/**
 * The control surface of the embedded Discord. The chat page and the tests call the same functions: the page by
 * `POST /page/call {"method","params"}`, a test directly.
 */

export type SandboxLocale = 'en-US' | 'ja' | 'zh-CN'

/** Who does something, where, and in which language their client runs. */
export interface As {
  userId: string
  locale: SandboxLocale
  channelId: string
}

export interface SandboxUser {
  id: string
  name: string
  /** Shown in the user switch: for example "admin". */
  roleIds: string[]
  bot: boolean
}

export interface SandboxRole {
  id: string
  name: string
  /** Permission bits as a decimal string. */
  permissions: string
}

export interface SandboxChannel {
  id: string
  name: string
  /** 0 text, 11 public thread. */
  type: 0 | 11
  parentId: string | null
}

/** A command or a subcommand as the client's picker shows it: one entry for each path a person can type. */
export interface CommandEntry {
  commandId: string
  /** Default-language path, for example ["node", "status"]. */
  path: string[]
  /** The path in the user's language. */
  displayPath: string[]
  description: string
  /** False when the user's roles hide it (default_member_permissions). */
  visible: boolean
  options: OptionEntry[]
}

export interface OptionEntry {
  name: string
  displayName: string
  description: string
  /** Discord option type: 3 string, 4 integer, 5 boolean, 6 user, 7 channel, 8 role, 10 number. */
  type: number
  required: boolean
  autocomplete: boolean
  choices: { name: string; value: string | number }[]
  minValue: number | null
  maxValue: number | null
}

/** Where one interaction stands for the person who made it. */
export interface InteractionView {
  id: string
  userId: string
  channelId: string
  kind: 'command' | 'component' | 'autocomplete' | 'modal'
  /** `failed` is "The application did not respond"; `thinking` is a deferred answer. */
  state: 'waiting' | 'thinking' | 'answered' | 'failed'
  /** What the person typed or pressed, for example "/node list". */
  label: string
  /** The modal that the bot opened in answer, raw as sent (title, custom_id, components). */
  modal: Record<string, unknown> | null
  /** Message that holds the answer. */
  messageId: string | null
}

/** A message as one user sees it. `raw` is Discord's message object. */
export interface MessageView {
  id: string
  channelId: string
  authorId: string
  authorName: string
  authorIsBot: boolean
  /** Only this viewer sees it. */
  ephemeral: boolean
  thinking: boolean
  /** Epoch ms. */
  createdAt: number
  editedAt: number | null
  /** For an answer to a command: who used what. */
  invokedBy: { userId: string; userName: string; label: string } | null
  /** content, embeds, components, attachments, flags as Discord would deliver them to a client. */
  raw: Record<string, unknown>
  /** Ids of users and roles this message really pinged. */
  pinged: string[]
  /** Thread started on this message. */
  threadId: string | null
}

/** A request that the emulator refused as Discord would. A test fails when one was not expected. */
export interface Refusal {
  method: string
  path: string
  status: number
  code: number
  message: string
  /** Flattened field errors, for example "components[0].label[BASE_TYPE_MAX_LENGTH]". */
  fields: string[]
  at: number
}

/** Everything that the page draws for one user, in one answer of `GET /page/state?userId=&locale=&channelId=`. */
export interface PageState {
  /** Grows with every change; the page skips a redraw when it has not moved. */
  version: number
  guildName: string
  botOnline: boolean
  botName: string
  users: SandboxUser[]
  roles: SandboxRole[]
  channels: SandboxChannel[]
  commands: CommandEntry[]
  /** The newest 100 messages of the channel that this user may see, oldest first. */
  messages: MessageView[]
  /** This user's interactions that are waiting, thinking, failed, or hold an unsubmitted modal. */
  interactions: InteractionView[]
  refusals: Refusal[]
  now: number
}

/** A fault on purpose; the first rule that matches a request is used up by it unless `times` says more. */
export interface RestFault {
  method?: string
  /** Matched against the path behind /api/v10. */
  path: RegExp
  times?: number
  act:
    | { kind: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
    | { kind: 'rate-limit'; retryAfterMs: number; scope?: 'user' | 'global' | 'shared' }
    | { kind: 'hang'; ms: number }
    | { kind: 'reset' }
    | { kind: 'slow'; ms: number }
    /** It is done, and whoever asked for it never hears so. */
    | { kind: 'unanswered' }
}

export type GatewayFault =
  | { kind: 'reconnect' }
  | { kind: 'invalid-session'; resumable: boolean }
  | { kind: 'close'; code: number }
  | { kind: 'cut' }
  | { kind: 'mute-acks'; on: boolean }
  /** Without a status the TCP connection is dropped; with one, the upgrade is answered with it. */
  | { kind: 'refuse-connections'; on: boolean; status?: number }
  | { kind: 'dispatch'; event: string; data: unknown }

/** What the gateway has seen of its bot since it started. */
export interface GatewayCounts {
  /** WebSocket upgrades that were asked for, refused ones included. */
  attempts: number
  identifies: number
  /** Sessions with a connection now, and the most there ever were at once. */
  openSessions: number
  mostOpenSessions: number
}

/** What tests and the page can do. */
export interface DiscordControl {
  state(as: As): PageState
  /** Types a slash command. Options by default-language name. Resolves when the event was handed to the bot. */
  slash(as: As, path: string[], options?: Record<string, string | number | boolean>): Promise<InteractionView>
  /** What the picker offers for a half-typed option; rejects when the bot does not answer within 3 s. */
  autocomplete(
    as: As,
    path: string[],
    options: Record<string, string | number | boolean>,
    focused: string,
  ): Promise<{ name: string; value: string | number }[]>
  click(as: As, messageId: string, customId: string): Promise<InteractionView>
  select(as: As, messageId: string, customId: string, values: string[]): Promise<InteractionView>
  /** Fills and sends the modal that an interaction opened. Values by the inner components' custom_id. */
  submit(
    as: As,
    interactionId: string,
    values: Record<string, string | string[] | boolean>,
  ): Promise<InteractionView>
  dismissModal(as: As, interactionId: string): void
  /** Messages as this user sees them, oldest first. */
  messages(as: As): MessageView[]
  interaction(id: string): InteractionView
  /** Locks a thread as a moderator would; it stays open. */
  lockThread(channelId: string): void
  /** Gives a member these roles in place of those that they had. */
  setRoles(userId: string, roleIds: string[]): void
  /** Deletes a message as a moderator would. */
  deleteMessage(channelId: string, messageId: string): void
}
