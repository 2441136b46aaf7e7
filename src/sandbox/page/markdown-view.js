/** Markdown tokens as DOM nodes. Remote text only ever becomes text nodes. */

import { parseAnsi } from './ansi.js'
import { externalLink, h } from './dom.js'
import { parseBlocks, parseInline } from './markdown.js'
import { absoluteTime, relativeTime } from './time.js'

/**
 * What the renderer must know about the world.
 * @typedef {object} MarkdownContext
 * @property {string} locale
 * @property {() => number} now epoch ms of the server
 * @property {(kind: string, id: string) => {name: string, self: boolean} | null} resolve name behind a mention
 * @property {(id: string) => void} openChannel
 * @property {(path: string[], commandId: string) => void} openCommand
 */

/** @param {MarkdownContext} context */
export function renderMarkdown(text, context) {
  return h(
    'div',
    { class: 'md' },
    parseBlocks(text).map((block) => renderBlock(block, context)),
  )
}

/** One line without blocks, for titles and labels. */
export function renderInline(text, context) {
  return parseInline(text).map((token) => renderToken(token, context))
}

function renderBlock(block, context) {
  const children = () => block.children.map((token) => renderToken(token, context))
  switch (block.type) {
    case 'heading':
      return h(`h${block.level + 2}`, { class: `md-h${block.level}` }, children())
    case 'subtext':
      return h('p', { class: 'md-subtext' }, children())
    case 'quote':
      return h(
        'blockquote',
        {},
        block.blocks.map((inner) => renderBlock(inner, context)),
      )
    case 'list':
      return renderList(block, context)
    case 'code':
      return renderCode(block)
    default:
      return h('p', {}, children())
  }
}

function renderList(list, context) {
  return h(
    list.ordered ? 'ol' : 'ul',
    { start: list.ordered && list.start !== 1 ? list.start : null },
    list.items.map((item) =>
      h(
        'li',
        {},
        item.children.map((token) => renderToken(token, context)),
        item.blocks.map((block) => renderBlock(block, context)),
      ),
    ),
  )
}

function renderCode(block) {
  const code = h('code', {})
  if (block.language === 'ansi') {
    for (const run of parseAnsi(block.text)) {
      const classes = [
        run.bold && 'ansi-bold',
        run.underline && 'ansi-underline',
        run.color !== null && `ansi-fg-${run.color}`,
        run.background !== null && `ansi-bg-${run.background}`,
      ].filter(Boolean)
      code.append(h('span', { class: classes.join(' '), text: run.text }))
    }
  } else if (block.language === 'diff') {
    for (const line of block.text.split('\n')) {
      const kind = line.startsWith('+') ? 'diff-add' : line.startsWith('-') ? 'diff-del' : null
      code.append(h('span', { class: kind, text: `${line}\n` }))
    }
  } else code.textContent = block.text
  return h('pre', { class: 'code-block', tabindex: 0 }, code)
}

const TAGS = { bold: 'strong', italic: 'em', underline: 'u', strike: 's' }

function renderToken(token, context) {
  switch (token.type) {
    case 'text':
      return token.text
    case 'break':
      return h('br')
    case 'code':
      return h('code', { class: 'code-inline', text: token.text })
    case 'link':
      return externalLink(token.href, { class: 'link' }, renderChildren(token, context))
    case 'spoiler':
      return spoiler(renderChildren(token, context))
    case 'time':
      return renderTime(token, context)
    case 'mention':
      return renderMention(token, context)
    case 'command': {
      const press = () => context.openCommand(token.path, token.id)
      return h(
        'button',
        { class: 'mention mention-command', type: 'button', on: { click: press } },
        `/${token.path.join(' ')}`,
      )
    }
    case 'emoji':
      return h('span', { class: 'custom-emoji', text: `:${token.name}:` })
    default:
      return h(TAGS[token.type], {}, renderChildren(token, context))
  }
}

function renderChildren(token, context) {
  return token.children.map((child) => renderToken(child, context))
}

/** Text that stays blurred until it is pressed. */
export function spoiler(children) {
  const element = h('span', { class: 'spoiler', role: 'button', tabindex: 0 }, h('span', {}, children))
  const reveal = () => element.classList.add('revealed')
  element.addEventListener('click', reveal)
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') reveal()
  })
  return element
}

function renderTime({ seconds, style }, context) {
  const at = seconds * 1000
  const full = absoluteTime(at, 'F', context.locale)
  const iso = new Date(at).toISOString()
  if (style === 'R') {
    const words = relativeTime(at, context.now(), context.locale)
    return h('time', { class: 'stamp', datetime: iso, title: full, dataset: { relative: at } }, words)
  }
  return h('time', { class: 'stamp', datetime: iso, title: full }, absoluteTime(at, style, context.locale))
}

function renderMention({ kind, id }, context) {
  if (kind === 'everyone' || kind === 'here') return h('span', { class: 'mention', text: `@${kind}` })
  const target = context.resolve(kind, id)
  const sign = kind === 'channel' ? '#' : '@'
  const label = sign + (target?.name ?? id)
  if (kind === 'channel' && target !== null) {
    return h(
      'button',
      { class: 'mention', type: 'button', on: { click: () => context.openChannel(id) } },
      label,
    )
  }
  return h('span', { class: target?.self ? 'mention mention-self' : 'mention', text: label })
}
