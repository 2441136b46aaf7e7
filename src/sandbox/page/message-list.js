/** The scrolling list of messages: keyed updates, day headings, and staying at the bottom only when already there. */
import { h, icon, reconcile } from './dom.js'
import { renderInteraction, renderMessage } from './message.js'
import { dayLabel, snowflakeTime } from './time.js'

const GROUP_MS = 7 * 60_000
const BOTTOM_SLACK = 48

/**
 * @param {object} config
 * @param {HTMLElement} config.scroller
 * @param {HTMLElement} config.list
 * @param {HTMLElement} config.jump "new messages" button
 */
export function createMessageList({ scroller, list, jump }) {
  const known = new Map()
  let place = ''
  let stuck = true
  let last = ''

  const atBottom = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < BOTTOM_SLACK
  const toBottom = () => {
    scroller.scrollTop = scroller.scrollHeight
    stuck = true
    jump.hidden = true
  }
  scroller.addEventListener('scroll', () => {
    stuck = atBottom()
    if (stuck) jump.hidden = true
  })
  // Pictures that load late, previews that open and a composer that grows must not push the newest line away.
  const follow = new ResizeObserver(() => {
    if (stuck) toBottom()
  })
  follow.observe(list)
  follow.observe(scroller)
  jump.addEventListener('click', toBottom)

  return {
    /**
     * @param {import('./message.js').RowView} view
     * @param {{presses: object, dismissed: Set<string>, placeKey: string, loading: boolean, empty: () => HTMLElement}} more
     */
    draw(view, { presses, dismissed, placeKey, loading, empty }) {
      const moved = placeKey !== place
      if (moved) {
        known.clear()
        list.replaceChildren()
        place = placeKey
        stuck = true
        last = ''
      }
      const rows = entries(view, presses, dismissed)
      if (rows.length === 0 && !loading) {
        const offered = view.state.commands.filter((command) => command.visible)
        rows.push({ key: 'empty', signature: signatureOf(view, offered), build: empty })
      }
      const newest = rows.at(-1)?.key ?? ''
      reconcile(list, known, rows)
      if (stuck) toBottom()
      else if (newest !== last && last !== '') jump.hidden = false
      last = newest
    },
    toBottom,
  }
}

function signatureOf(view, ...parts) {
  return JSON.stringify([view.locale, view.names, ...parts])
}

function entries(view, presses, dismissed) {
  const rows = []
  let previous = null
  for (const item of timeline(view, presses, dismissed)) {
    const day = new Date(item.at).toDateString()
    if (previous === null || new Date(previous.at).toDateString() !== day) {
      rows.push(dayRow(item.at, view, day))
      previous = null
    }
    rows.push(
      item.message === undefined ? interactionRow(item, view) : messageRow(item, previous, view, presses),
    )
    previous = item
  }
  return rows
}

/** Messages and the interactions without a message of their own, oldest first. */
function timeline(view, presses, dismissed) {
  const { state } = view
  const shown = new Set(state.messages.map((message) => message.id))
  const items = state.messages
    .filter((message) => !dismissed.has(message.id))
    .map((message) => ({ at: message.createdAt, message }))
  const open = state.interactions.filter(
    (one) =>
      one.channelId === view.channelId &&
      one.modal === null &&
      one.kind !== 'autocomplete' &&
      one.state !== 'answered' &&
      (one.messageId === null || !shown.has(one.messageId)) &&
      !presses.owns(one.id) &&
      !dismissed.has(one.id),
  )
  for (const interaction of open) items.push({ at: snowflakeTime(interaction.id), interaction })
  return items.sort((a, b) => a.at - b.at)
}

function dayRow(at, view, day) {
  const words = dayLabel(at, view.locale)
  return {
    key: `day ${day}`,
    signature: words,
    build: () => h('div', { class: 'day', role: 'separator' }, h('span', { text: words })),
  }
}

function messageRow({ message }, previous, view, presses) {
  const before = previous?.message
  const grouped =
    before !== undefined &&
    before.authorId === message.authorId &&
    before.ephemeral === message.ephemeral &&
    message.invokedBy === null &&
    !message.raw.referenced_message &&
    (message.raw.type === 0 || message.raw.type === undefined) &&
    message.createdAt - before.createdAt < GROUP_MS
  const roles = view.me?.roleIds ?? []
  const pinged = message.pinged.some((id) => id === view.me?.id || roles.includes(id))
  const row = {
    grouped,
    pinged,
    pending: presses.pendingOf(message.id),
    failure: presses.failureOf(message.id),
  }
  return {
    key: message.id,
    signature: signatureOf(view, message, row, view.canDelete),
    build: () => renderMessage(message, view, row),
  }
}

function interactionRow({ interaction }, view) {
  return {
    key: `interaction ${interaction.id}`,
    signature: signatureOf(view, interaction),
    build: () => renderInteraction(interaction, view),
  }
}

/** The button that jumps to the newest message. */
export function jumpButton(words) {
  return h(
    'button',
    { class: 'jump', type: 'button', hidden: true, dataset: { testid: 'jump' } },
    h('span', { text: words }),
    icon('down', 15),
  )
}
