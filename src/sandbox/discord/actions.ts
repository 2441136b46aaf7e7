import { autocompleteData, commandData } from './command-input.ts'
import { findComponent } from './components.ts'
import type { As, DiscordControl, InteractionView } from './control.ts'
import { type Choice, type Interaction, type InteractionKind, openInteraction } from './interaction.ts'
import { interactionPayload, resolveIds } from './interaction-payload.ts'
import { asNumber, asRecord, asRecords, asText, type Json } from './json.ts'
import { removeMessage } from './messages.ts'
import { modalData } from './modal-input.ts'
import { channelPayload } from './payloads.ts'
import { may, Permission } from './permissions.ts'
import { ComponentType, SELECT_TYPES } from './rules/walk.ts'
import { interactionView, messageViews, pageState } from './views.ts'
import type { StoredMessage, World } from './world.ts'

const LINK_STYLE = 5

/** What a person at the chat client can do. Each action is checked as the client would check it, then sent to the bot. */
export function createControl(world: World): DiscordControl {
  return {
    state: (as) => pageState(world, as),
    messages: (as) => messageViews(world, as),
    interaction: (id) => interactionView(find(world, id)),

    async slash(as, path, options = {}) {
      present(world, as)
      const data = commandData(world, as, path, options)
      return send(world, as, { kind: 'command', label: `/${path.join(' ')}`, data })
    },

    async autocomplete(as, path, options, focused) {
      present(world, as)
      const data = autocompleteData(world, as, path, options, focused)
      const waiting = open(world, as, { kind: 'autocomplete', label: `/${path.join(' ')} ${focused}` })
      const choices = new Promise<Choice[]>((resolve, reject) => {
        waiting.waiter = { resolve, reject }
      })
      world.publish('INTERACTION_CREATE', interactionPayload(world, waiting, data))
      return await choices
    },

    async click(as, messageId, customId) {
      const { message, component } = componentOf(world, as, messageId, customId)
      if (component.type !== ComponentType.button || component.style === LINK_STYLE)
        throw new Error(`${customId} is not a button that the bot hears of`)
      const label = asText(component.label) ?? asText(asRecord(component.emoji)?.name) ?? customId
      const data = { component_type: component.type, custom_id: customId, id: component.id }
      return send(world, as, { kind: 'component', label, data, source: message })
    },

    async select(as, messageId, customId, values) {
      const { message, component } = componentOf(world, as, messageId, customId)
      checkSelection(component, customId, values)
      const data: Json = { component_type: component.type, custom_id: customId, id: component.id, values }
      if (component.type !== ComponentType.stringSelect) data.resolved = resolveIds(world, values)
      return send(world, as, { kind: 'component', label: customId, data, source: message })
    },

    async submit(as, interactionId, values) {
      const opener = openModal(world, as, interactionId)
      const modal = opener.modal ?? {}
      const data = modalData(world, modal, values)
      opener.modal = null
      const source = opener.sourceMessageId === null ? undefined : world.findMessage(opener.sourceMessageId)
      return send(world, as, {
        kind: 'modal',
        label: asText(modal.title) ?? '',
        data,
        source,
        parent: opener,
      })
    },

    dismissModal(as, interactionId) {
      openModal(world, as, interactionId).modal = null
      world.changed()
    },

    lockThread(channelId) {
      const channel = world.channels.get(channelId)
      if (!channel?.thread) throw new Error(`There is no thread ${channelId}`)
      channel.thread.locked = true
      world.publish('THREAD_UPDATE', channelPayload(world, channel))
      world.changed()
    },
    setRoles(userId, roleIds) {
      const user = world.users.get(userId)
      if (user === undefined) throw new Error(`There is no user ${userId}`)
      user.roleIds = [...roleIds]
      world.changed()
    },
    deleteMessage(channelId, messageId) {
      const message = world.message(channelId, messageId)
      if (message === undefined) throw new Error(`There is no message ${messageId}`)
      removeMessage(world, message)
    },
  }
}

interface Action {
  kind: InteractionKind
  label: string
  source?: StoredMessage | undefined
  parent?: Interaction
}

function open(world: World, as: As, action: Action): Interaction {
  return openInteraction(world, {
    kind: action.kind,
    userId: as.userId,
    locale: as.locale,
    channelId: as.channelId,
    label: action.label,
    sourceMessageId: action.source?.id ?? null,
    parent: action.parent ?? null,
  })
}

function send(world: World, as: As, action: Action & { data: Json }): InteractionView {
  const interaction = open(world, as, action)
  world.publish('INTERACTION_CREATE', interactionPayload(world, interaction, action.data))
  world.changed()
  return interactionView(interaction)
}

/** @throws Error when the user or channel is not there, or may not be seen. */
function present(world: World, as: As): void {
  const channel = world.channels.get(as.channelId)
  if (channel === undefined) throw new Error(`There is no channel ${as.channelId}`)
  const user = world.users.get(as.userId)
  if (user === undefined || user.bot) throw new Error(`There is no person ${as.userId}`)
  if (!may(world, user.id, channel, Permission.viewChannel))
    throw new Error(`${user.name} cannot see #${channel.name}`)
}

function componentOf(
  world: World,
  as: As,
  messageId: string,
  customId: string,
): { message: StoredMessage; component: Json } {
  present(world, as)
  const message = world.message(as.channelId, messageId)
  const isHidden = message?.ephemeralTo != null && message.ephemeralTo !== as.userId
  if (message === undefined || isHidden) throw new Error(`There is no message ${messageId}`)
  const component = findComponent(message.raw.components, customId)
  if (component === undefined) throw new Error(`The message has no component ${customId}`)
  if (component.disabled === true) throw new Error(`${customId} is disabled`)
  return { message, component }
}

function checkSelection(component: Json, customId: string, values: string[]): void {
  if (!SELECT_TYPES.includes(Number(component.type))) throw new Error(`${customId} is not a select`)
  const min = asNumber(component.min_values) ?? 1
  const max = asNumber(component.max_values) ?? 1
  if (values.length < min || values.length > max) throw new Error(`${customId} takes ${min} to ${max} values`)
  if (component.type !== ComponentType.stringSelect) return
  const known = asRecords(component.options).map((option) => option.value)
  const unknown = values.find((value) => !known.includes(value))
  if (unknown !== undefined) throw new Error(`${customId} has no option ${unknown}`)
}

function openModal(world: World, as: As, interactionId: string): Interaction {
  const interaction = find(world, interactionId)
  if (interaction.modal === null || interaction.userId !== as.userId)
    throw new Error('There is no open modal')
  return interaction
}

function find(world: World, id: string): Interaction {
  const interaction = world.interactions.get(id)
  if (interaction === undefined) throw new Error(`There is no interaction ${id}`)
  return interaction
}
