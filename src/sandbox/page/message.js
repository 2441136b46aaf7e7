/** One message, or one command that has no message yet. */
import { avatar, hueOf } from './avatar.js'
import { renderComponents } from './components.js'
import { h, icon } from './dom.js'
import { renderEmbed } from './embeds.js'
import { renderMarkdown } from './markdown-view.js'
import { attachments } from './media.js'
import { phrase, template } from './strings.js'
import { absoluteTime, stamp } from './time.js'

const V2 = 32768
const NOTICES = { 6: 'pinnedNotice', 18: 'threadNotice', 21: 'starterNotice' }
const REPLY_NOTICES = new Set([6])

/**
 * What a row needs besides its message.
 * @typedef {object} RowView
 * @property {Function} t translator
 * @property {string} locale
 * @property {() => number} now
 * @property {import('../discord/control.ts').PageState} state
 * @property {import('../discord/control.ts').SandboxUser | null} me
 * @property {string} channelId
 * @property {import('./markdown-view.js').MarkdownContext} markdown
 * @property {boolean} canDelete
 * @property {object} actions press, choose, dismiss, remove, showRaw, openChannel
 */

/**
 * @param {import('../discord/control.ts').MessageView} message
 * @param {RowView} view
 * @param {{grouped: boolean, pinged: boolean, pending: string[], failure: string | null}} row
 * @returns {HTMLElement}
 */
export function renderMessage(message, view, row) {
  const { raw } = message
  const notice = NOTICES[raw.type]
  if (notice !== undefined) return renderNotice(message, view, notice)
  const classes = [
    'message',
    row.grouped && 'message-grouped',
    row.pinged && 'message-pinged',
    message.ephemeral && 'message-ephemeral',
  ].filter(Boolean)
  return h(
    'article',
    {
      class: classes.join(' '),
      dataset: { testid: 'message', messageId: message.id, ephemeral: String(message.ephemeral) },
      'aria-label': message.authorName,
    },
    invocation(message, view),
    row.grouped
      ? h('time', { class: 'message-gutter-time', text: absoluteTime(message.createdAt, 't', view.locale) })
      : h('div', { class: 'message-avatar' }, avatar(message.authorName, { bot: message.authorIsBot })),
    h(
      'div',
      { class: 'message-body' },
      row.grouped ? null : heading(message, view),
      body(message, view, row),
      threadCard(message, view),
      failureLine(row.failure, view),
      message.ephemeral ? ephemeralLine(message, view) : null,
    ),
    toolbar(message, view),
  )
}

function heading(message, view) {
  const name = h('span', {
    class: message.authorIsBot ? 'author author-bot' : 'author',
    text: message.authorName,
    vars: { hue: hueOf(message.authorName) },
  })
  return h(
    'header',
    { class: 'message-head' },
    name,
    message.authorIsBot ? h('span', { class: 'bot-tag', text: view.t('bot') }) : null,
    h('time', {
      class: 'message-time',
      datetime: new Date(message.createdAt).toISOString(),
      title: absoluteTime(message.createdAt, 'F', view.locale),
      text: stamp(message.createdAt, view.now(), view.locale),
    }),
  )
}

/** "X used /node list", or whom the message replies to. */
function invocation(message, view) {
  if (message.invokedBy !== null) {
    const { userName, label } = message.invokedBy
    return usedLine(userName, label, view)
  }
  const replied = message.raw.referenced_message
  if (!replied?.author) return null
  const name = replied.author.global_name ?? replied.author.username
  return h(
    'div',
    { class: 'invocation' },
    h('span', { class: 'invocation-arm' }),
    avatar(name, { bot: Boolean(replied.author.bot), size: 16 }),
    h('span', { class: 'invocation-text', text: view.t('repliedTo', { user: name }) }),
  )
}

function usedLine(userName, rawLabel, view) {
  const isCommand = rawLabel.startsWith('/')
  const command = view.state.commands.find((one) => `/${one.path.join(' ')}` === rawLabel)
  const label = command === undefined ? rawLabel : `/${command.displayPath.join(' ')}`
  const parts = phrase(template(view.locale, isCommand ? 'used' : 'pressed'), {
    user: h('strong', { text: userName }),
    command: h('span', { class: 'invocation-command', text: label }),
    label: h('span', { class: 'invocation-command', text: label }),
  })
  return h(
    'div',
    { class: 'invocation' },
    h('span', { class: 'invocation-arm' }),
    avatar(userName, { size: 16 }),
    h('span', { class: 'invocation-text' }, parts),
  )
}

function body(message, view, row) {
  const { raw } = message
  if (message.thinking) return thinkingLine(view.t('thinking', { name: message.authorName }))
  const componentView = {
    t: view.t,
    markdown: view.markdown,
    attachments: raw.attachments ?? [],
    state: view.state,
    pending: (customId) => row.pending.includes(customId),
    press: (customId, label) => view.actions.press(message.id, customId, label),
    choose: (customId, values) => view.actions.choose(message.id, customId, values),
  }
  const isV2 = (Number(raw.flags ?? 0) & V2) !== 0
  const parts = []
  if (!isV2 && raw.content) parts.push(renderMarkdown(raw.content, view.markdown))
  if (!isV2) parts.push(...attachments(raw.attachments ?? [], view.t))
  if (!isV2) parts.push(...(raw.embeds ?? []).map((embed) => renderEmbed(embed, componentView)))
  const components = renderComponents(raw.components ?? [], componentView)
  if (components.length > 0) parts.push(h('div', { class: 'components' }, components))
  const reactions = (raw.reactions ?? []).map((reaction) =>
    h('span', { class: 'reaction' }, reaction.emoji?.name ?? '', ' ', h('b', { text: reaction.count ?? 1 })),
  )
  if (reactions.length > 0) parts.push(h('div', { class: 'reactions' }, reactions))
  if (message.editedAt !== null) {
    const edited = h('span', {
      class: 'edited',
      title: absoluteTime(message.editedAt, 'F', view.locale),
      text: view.t('edited'),
    })
    const lastText = isV2 ? null : parts[0]?.querySelector?.(':scope > p:last-child')
    if (lastText && parts.length === 1) lastText.append(' ', edited)
    else parts.push(edited)
  }
  return parts
}

function thinkingLine(words) {
  return h(
    'div',
    { class: 'thinking', role: 'status', dataset: { testid: 'thinking' } },
    h('span', { class: 'dots' }, h('i'), h('i'), h('i')),
    h('span', { text: words }),
  )
}

function threadCard(message, view) {
  if (message.threadId === null) return null
  const thread = view.state.channels.find((channel) => channel.id === message.threadId)
  if (thread === undefined) return null
  return h(
    'button',
    { class: 'thread-card', type: 'button', on: { click: () => view.actions.openChannel(thread.id) } },
    icon('thread'),
    h('span', { class: 'thread-name', text: thread.name }),
    h('span', { class: 'thread-open', text: view.t('openThread') }),
  )
}

function failureLine(failure, view) {
  if (failure === null) return null
  const words = failure === 'unanswered' ? view.t('failed') : view.t('callFailed', { reason: failure })
  return h('p', { class: 'failure', role: 'alert', dataset: { testid: 'failed' } }, icon('warn', 15), words)
}

function ephemeralLine(message, view) {
  return h(
    'footer',
    { class: 'ephemeral-line' },
    icon('eye', 14),
    h('span', { text: view.t('ephemeral') }),
    h('span', { class: 'dot', text: '·' }),
    h('button', {
      class: 'text-button',
      type: 'button',
      text: view.t('dismiss'),
      dataset: { testid: 'dismiss' },
      on: { click: () => view.actions.dismiss(message.id) },
    }),
  )
}

function toolbar(message, view) {
  const button = (name, label, testid, click) =>
    h(
      'button',
      {
        class: 'icon-button',
        type: 'button',
        title: label,
        'aria-label': label,
        dataset: { testid },
        on: { click },
      },
      icon(name, 17),
    )
  return h(
    'div',
    { class: 'toolbar' },
    button('braces', view.t('raw'), 'raw', () => view.actions.showRaw(message)),
    view.canDelete && !message.ephemeral
      ? button('trash', view.t('deleteMessage'), 'delete', () => view.actions.remove(message))
      : null,
  )
}

function renderNotice(message, view, key) {
  return h(
    'article',
    { class: 'notice', dataset: { testid: 'message', messageId: message.id } },
    icon(REPLY_NOTICES.has(message.raw.type) ? 'reply' : 'thread', 16),
    h('strong', { text: message.authorName }),
    h('span', { text: view.t(key) }),
    h('time', { class: 'message-time', text: stamp(message.createdAt, view.now(), view.locale) }),
  )
}

/**
 * A command or press that has no message: still travelling, thinking, or never answered.
 * @param {import('../discord/control.ts').InteractionView} interaction
 * @param {RowView} view
 */
export function renderInteraction(interaction, view) {
  const failed = interaction.state === 'failed'
  const words =
    interaction.state === 'thinking' ? view.t('thinking', { name: view.state.botName }) : view.t('sending')
  return h(
    'article',
    {
      class: failed ? 'message message-failed' : 'message message-pending',
      dataset: { testid: 'interaction', interactionId: interaction.id, state: interaction.state },
    },
    usedLine(view.me?.name ?? view.t('you'), interaction.label, view),
    h('div', { class: 'message-avatar' }, avatar(view.state.botName, { bot: true })),
    h(
      'div',
      { class: 'message-body' },
      h(
        'header',
        { class: 'message-head' },
        h('span', { class: 'author author-bot', text: view.state.botName }),
        h('span', { class: 'bot-tag', text: view.t('bot') }),
      ),
      failed ? failureLine('unanswered', view) : thinkingLine(words),
      failed ? ephemeralLine({ id: interaction.id }, view) : null,
    ),
  )
}
