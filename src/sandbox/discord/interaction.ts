import { alreadyAcknowledged, invalidWebhookToken, unknownInteraction, unknownWebhook } from './api-error.ts'
import type { InteractionView, SandboxLocale } from './control.ts'
import type { Json } from './json.ts'
import type { World } from './world.ts'

/** Time for the first answer. */
const ANSWER_WITHIN_MS = 3_000
/** Life of an interaction's token after that. */
const TOKEN_LIFE_MS = 15 * 60_000
/** Interactions that are remembered; the oldest go first, so that a demo can run for days. */
const REMEMBERED = 2_000

export type InteractionKind = InteractionView['kind']

/** Discord's number for the kind of an interaction. */
export const KIND_NUMBER: Record<InteractionKind, number> = {
  command: 2,
  component: 3,
  autocomplete: 4,
  modal: 5,
}

export interface Choice {
  name: string
  value: string | number
}

export interface Interaction {
  id: string
  token: string
  kind: InteractionKind
  userId: string
  locale: SandboxLocale
  channelId: string
  label: string
  createdAt: number
  state: InteractionView['state']
  acknowledged: boolean
  /** The message whose button, select or modal led here. */
  sourceMessageId: string | null
  /** The modal, raw as sent, until it is submitted or dismissed. */
  modal: Json | null
  /** What `@original` names. */
  originalId: string | null
  /** Messages that its token may read, change and delete. */
  messageIds: Set<string>
  /** The interaction that opened the modal. */
  parent: Interaction | null
  waiter: { resolve: (choices: Choice[]) => void; reject: (error: Error) => void } | null
  timers: AbortController
}

/** Callback types that each kind may be answered with; a modal's depends on whether a component opened it. */
const ALLOWED: Record<InteractionKind, number[]> = {
  command: [4, 5, 9],
  component: [4, 5, 6, 7, 9],
  autocomplete: [8],
  modal: [4, 5],
}

export function allowedCallbacks(interaction: Interaction): number[] {
  const allowed = ALLOWED[interaction.kind]
  const updates = interaction.kind === 'modal' && interaction.sourceMessageId !== null
  return updates ? [...allowed, 6, 7] : allowed
}

/** Starts an interaction's life: it fails by itself when nothing answers within three seconds. */
export function openInteraction(
  world: World,
  init: Pick<
    Interaction,
    'kind' | 'userId' | 'locale' | 'channelId' | 'label' | 'sourceMessageId' | 'parent'
  >,
): Interaction {
  const id = world.nextId()
  const interaction: Interaction = {
    ...init,
    id,
    token: `aW50ZXJhY3Rpb24-${id}-${world.nextId()}`,
    createdAt: world.clock.now(),
    state: 'waiting',
    acknowledged: false,
    modal: null,
    originalId: null,
    messageIds: new Set(init.sourceMessageId === null ? [] : [init.sourceMessageId]),
    waiter: null,
    timers: new AbortController(),
  }
  world.interactions.set(id, interaction)
  forgetOldest(world)
  after(world, interaction, ANSWER_WITHIN_MS, () => {
    if (!interaction.acknowledged) fail(world, interaction)
  })
  after(world, interaction, TOKEN_LIFE_MS, () => {
    if (interaction.state === 'thinking') fail(world, interaction)
  })
  return interaction
}

/** Ends the timers of every interaction, so that nothing stays behind. */
export function stopInteractions(world: World): void {
  for (const interaction of world.interactions.values()) {
    interaction.timers.abort(new Error('the emulator was closed'))
    interaction.waiter?.reject(new Error('the emulator was closed'))
    interaction.waiter = null
  }
}

/**
 * The interaction that a callback names.
 * @throws ApiError 10062 for a wrong id or token or after three seconds, 40060 after the first answer.
 */
export function findForCallback(world: World, id: string, token: string): Interaction {
  const interaction = world.interactions.get(id)
  if (interaction === undefined || interaction.token !== token) throw unknownInteraction()
  if (interaction.acknowledged) throw alreadyAcknowledged()
  if (world.clock.now() - interaction.createdAt >= ANSWER_WITHIN_MS) {
    fail(world, interaction)
    throw unknownInteraction()
  }
  return interaction
}

/**
 * The interaction whose token is used as a webhook.
 * @throws ApiError 50027 when the token is wrong or older than 15 minutes, 10015 when nothing was acknowledged yet.
 */
export function findForWebhook(world: World, applicationId: string, token: string): Interaction {
  if (applicationId !== world.bot.id) throw unknownWebhook()
  const interaction = [...world.interactions.values()].find((one) => one.token === token)
  if (interaction === undefined) throw invalidWebhookToken()
  if (world.clock.now() - interaction.createdAt >= TOKEN_LIFE_MS) throw invalidWebhookToken()
  if (!interaction.acknowledged) throw unknownWebhook()
  return interaction
}

export function settle(world: World, interaction: Interaction, state: 'thinking' | 'answered'): void {
  interaction.acknowledged = true
  interaction.state = state
  world.changed()
}

function fail(world: World, interaction: Interaction): void {
  if (interaction.state === 'failed') return
  interaction.state = 'failed'
  interaction.waiter?.reject(new Error(`The bot did not answer ${interaction.label} in time`))
  interaction.waiter = null
  world.changed()
}

function forgetOldest(world: World): void {
  for (const old of world.interactions.values()) {
    if (world.interactions.size <= REMEMBERED) return
    old.timers.abort(new Error('forgotten'))
    world.interactions.delete(old.id)
  }
}

function after(world: World, interaction: Interaction, ms: number, act: () => void): void {
  world.clock.sleep(ms, interaction.timers.signal).then(act, ignoreStop)
}

function ignoreStop(): void {
  // The interaction was forgotten, or the emulator closed, while its time was still running.
}
