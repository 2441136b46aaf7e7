/** Message components: layout, text, media, buttons and select menus. */
import { externalLink, h, icon, safeHref } from './dom.js'
import { renderMarkdown } from './markdown-view.js'
import { fileCard, gallery, image } from './media.js'
import { createSelect } from './select.js'

/**
 * What a component needs besides itself.
 * @typedef {object} ComponentView
 * @property {Function} t translator
 * @property {import('./markdown-view.js').MarkdownContext} markdown
 * @property {{url: string, filename: string, size: number}[]} attachments of the message
 * @property {import('../discord/control.ts').PageState} state
 * @property {(customId: string) => boolean} pending the bot has not answered the press yet
 * @property {(customId: string, label: string) => void} press
 * @property {(customId: string, values: string[], label: string) => void} choose
 */

const STYLES = { 1: 'primary', 2: 'secondary', 3: 'success', 4: 'danger', 5: 'link', 6: 'secondary' }

/**
 * @param {Record<string, any>[]} components
 * @param {ComponentView} view
 * @returns {Node[]}
 */
export function renderComponents(components, view) {
  return components.map((component) => renderComponent(component, view))
}

function renderComponent(component, view) {
  switch (component.type) {
    case 1:
      return h('div', { class: 'action-row' }, renderComponents(component.components ?? [], view))
    case 2:
      return renderButton(component, view)
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return renderSelect(component, view)
    case 9:
      return h(
        'div',
        { class: 'section' },
        h('div', { class: 'section-text' }, renderComponents(component.components ?? [], view)),
        component.accessory
          ? h('div', { class: 'section-accessory' }, renderComponent(component.accessory, view))
          : null,
      )
    case 10:
      return renderMarkdown(component.content ?? '', view.markdown)
    case 11:
      return image({ ...component, url: component.media?.url }, 'thumbnail', view.t)
    case 12:
      return gallery(
        (component.items ?? []).map((item) => ({ ...item, ...item.media, url: item.media?.url })),
        view.t,
      )
    case 13:
      return renderFile(component, view)
    case 14:
      return h('hr', {
        class: `separator separator-${component.spacing === 2 ? 'large' : 'small'}${component.divider === false ? ' separator-blank' : ''}`,
      })
    case 17:
      return renderContainer(component, view)
    default:
      return h('p', { class: 'md-subtext', text: view.t('unsupported', { type: component.type }) })
  }
}

/** @param {number} color 0xRRGGBB */
export function cssColor(color) {
  return `#${Number(color).toString(16).padStart(6, '0').slice(-6)}`
}

function renderContainer(component, view) {
  const accent = component.accent_color
  const box = h(
    'div',
    {
      class: accent === null || accent === undefined ? 'container' : 'container container-accent',
      vars: accent === null || accent === undefined ? {} : { edge: cssColor(accent) },
      dataset: { testid: 'container' },
    },
    renderComponents(component.components ?? [], view),
  )
  if (!component.spoiler) return box
  const cover = h('div', { class: 'container-spoiler', tabindex: 0, role: 'button' }, box)
  cover.addEventListener('click', () => cover.classList.add('revealed'))
  return cover
}

function renderFile(component, view) {
  const url = component.file?.url ?? ''
  const attachment = view.attachments.find((one) => one.url === url)
  const filename =
    component.name ?? attachment?.filename ?? decodeURIComponent(url.split('?')[0].split('/').at(-1) ?? '')
  return fileCard({ url, filename, size: component.size ?? attachment?.size ?? null }, view.t)
}

/** The visible name of an emoji: itself when it is Unicode, `:name:` when it is a custom one. */
function emojiText(emoji) {
  if (!emoji?.name) return null
  return emoji.id ? `:${emoji.name}:` : emoji.name
}

function renderButton(button, view) {
  const emoji = emojiText(button.emoji)
  const content = [
    emoji === null ? null : h('span', { class: 'emoji', text: emoji }),
    button.label ? h('span', { text: button.label }) : null,
  ]
  const style = STYLES[button.style] ?? 'secondary'
  if (button.style === 5 && !button.disabled && safeHref(button.url) !== null) {
    return externalLink(button.url, { class: 'btn btn-link' }, content, icon('link', 14))
  }
  const customId = button.custom_id
  const busy = customId !== undefined && view.pending(customId)
  return h(
    'button',
    {
      class: `btn btn-${style}${busy ? ' btn-busy' : ''}`,
      type: 'button',
      disabled: Boolean(button.disabled) || customId === undefined || busy,
      'aria-busy': busy ? 'true' : null,
      dataset: customId === undefined ? {} : { customId, testid: 'button' },
      on: { click: () => view.press(customId, button.label ?? emoji ?? customId) },
    },
    h('span', { class: 'btn-content' }, content),
    busy ? h('span', { class: 'dots' }, h('i'), h('i'), h('i')) : null,
  )
}

/**
 * Options of any kind of select menu. The entity menus list what the workspace has.
 * @param {Record<string, any>} component
 * @param {import('../discord/control.ts').PageState} state
 */
export function selectOptions(component, state) {
  const users = () =>
    state.users.map((user) => ({
      value: user.id,
      label: user.name,
      emoji: '@',
      kind: 'user',
      default: false,
    }))
  const roles = () =>
    state.roles.map((role) => ({ value: role.id, label: role.name, emoji: '@', default: false }))
  const preset = new Set((component.default_values ?? []).map((entry) => entry.id))
  const mark = (options) => options.map((option) => ({ ...option, default: preset.has(option.value) }))
  switch (component.type) {
    case 5:
      return mark(users())
    case 6:
      return mark(roles())
    case 7:
      return mark([...users(), ...roles()])
    case 8:
      return mark(state.channels.map((channel) => ({ value: channel.id, label: channel.name, emoji: '#' })))
    default:
      return (component.options ?? []).map((option) => ({ ...option, emoji: emojiText(option.emoji) }))
  }
}

function renderSelect(component, view) {
  const options = selectOptions(component, view.state)
  const customId = component.custom_id
  const busy = view.pending(customId)
  const placeholder = component.placeholder ?? view.t('select')
  return createSelect({
    options,
    values: options.filter((option) => option.default).map((option) => option.value),
    min: component.min_values ?? 1,
    max: component.max_values ?? 1,
    disabled: Boolean(component.disabled) || busy,
    placeholder,
    customId,
    t: view.t,
    onCommit: (values) => view.choose(customId, values, placeholder),
  })
}
