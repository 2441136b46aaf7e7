/**
 * The chat markdown subset as data: text in, tokens out, no DOM. `markdown-view.js` turns tokens into nodes.
 *
 * Blocks: paragraph, heading, subtext, quote, list, code. Inline: text, break, code, bold, italic, underline, strike,
 * spoiler, link, mention, command, time, emoji.
 */

const MAX_DEPTH = 8
const MAX_TEXT = 8000
/** The largest second that a JavaScript date can hold. */
const MAX_SECONDS = 8.64e12

const FENCE = /```(?:([A-Za-z0-9_+.#-]{1,20})\n)?([\s\S]*?)```/g
const HEADING = /^(#{1,3}) +(\S.*)$/
const SUBTEXT = /^-# +(\S.*)$/
const LIST_ITEM = /^( *)(?:([-*])|(\d{1,9})\.) +(\S.*)$/
const QUOTE = /^> (.*)$/

/**
 * @typedef {{type: string, [key: string]: unknown}} Token
 * @param {string} source
 * @returns {Token[]} blocks
 */
export function parseBlocks(source) {
  const text = String(source).replaceAll('\r\n', '\n').slice(0, MAX_TEXT)
  const blocks = []
  let from = 0
  for (const match of text.matchAll(FENCE)) {
    if (match[2].trim() === '') continue
    blocks.push(...parseLines(text.slice(from, match.index).replace(/\n$/, ''), 0))
    blocks.push({
      type: 'code',
      language: (match[1] ?? '').toLowerCase(),
      text: match[2].replace(/^\n|\n$/g, ''),
    })
    from = match.index + match[0].length
    if (text[from] === '\n') from += 1
  }
  blocks.push(...parseLines(text.slice(from), 0))
  return blocks
}

/**
 * @param {string} source one line of text, or text whose block syntax does not count
 * @returns {Token[]} inline tokens
 */
export function parseInline(source) {
  return inline(String(source).slice(0, MAX_TEXT), 0, true)
}

function parseLines(text, depth) {
  if (text === '') return []
  const lines = text.split('\n')
  const blocks = []
  let paragraph = []
  const flush = () => {
    while (paragraph.length > 0 && paragraph[0].trim() === '') paragraph.shift()
    while (paragraph.length > 0 && paragraph.at(-1).trim() === '') paragraph.pop()
    if (paragraph.length > 0)
      blocks.push({ type: 'paragraph', children: inline(paragraph.join('\n'), 0, true) })
    paragraph = []
  }
  for (let index = 0; index < lines.length; ) {
    const found = lineBlock(lines[index]) ?? quoteAt(lines, index, depth) ?? listAt(lines, index)
    if (found !== null) {
      flush()
      blocks.push(...found.blocks)
      index += found.lines
    } else {
      if (lines[index].trim() === '') flush()
      else paragraph.push(lines[index])
      index += 1
    }
  }
  flush()
  return blocks
}

/** A block that is one line: a heading or small print. */
function lineBlock(line) {
  const heading = HEADING.exec(line)
  if (heading !== null)
    return {
      lines: 1,
      blocks: [{ type: 'heading', level: heading[1].length, children: inline(heading[2], 0, true) }],
    }
  const subtext = SUBTEXT.exec(line)
  if (subtext === null) return null
  return { lines: 1, blocks: [{ type: 'subtext', children: inline(subtext[1], 0, true) }] }
}

/** A quote: `>>> ` takes all the rest, `> ` the lines that begin so. Quotes do not nest. */
function quoteAt(lines, index, depth) {
  if (depth > 0) return null
  if (lines[index].startsWith('>>> ')) {
    const rest = [lines[index].slice(4), ...lines.slice(index + 1)].join('\n')
    return { lines: lines.length - index, blocks: [{ type: 'quote', blocks: parseLines(rest, depth + 1) }] }
  }
  const quoted = leading(lines, index, (line) => (QUOTE.test(line) ? line.slice(2) : null))
  if (quoted.length === 0) return null
  return {
    lines: quoted.length,
    blocks: [{ type: 'quote', blocks: parseLines(quoted.join('\n'), depth + 1) }],
  }
}

function listAt(lines, index) {
  const items = leading(lines, index, (line) => LIST_ITEM.exec(line))
  return items.length === 0 ? null : { lines: items.length, blocks: buildLists(items) }
}

/** What `read` makes of each line from `index` on, up to the first that it does not read. */
function leading(lines, index, read) {
  const found = []
  for (let at = index; at < lines.length; at += 1) {
    const one = read(lines[at])
    if (one === null) break
    found.push(one)
  }
  return found
}

/** Nests list lines by their indentation; two spaces or more make a level. */
function buildLists(items) {
  const roots = []
  const stack = []
  for (const [, spaces, , number, text] of items) {
    const indent = spaces.length
    while (stack.length > 0 && indent < stack.at(-1).indent) stack.pop()
    const ordered = number !== undefined
    const top = stack.at(-1)
    if (top === undefined || (indent >= top.indent + 2 && stack.length < MAX_DEPTH)) {
      const list = { type: 'list', ordered, start: ordered ? Number(number) : 1, items: [] }
      if (top === undefined) roots.push(list)
      else top.list.items.at(-1).blocks.push(list)
      stack.push({ indent, list })
    } else if (top.list.ordered !== ordered && stack.length === 1) {
      const list = { type: 'list', ordered, start: ordered ? Number(number) : 1, items: [] }
      roots.push(list)
      stack[0] = { indent, list }
    }
    stack.at(-1).list.items.push({ children: inline(text, 0, true), blocks: [] })
  }
  return roots
}

const ENTITY =
  /<(?:@!?(?<user>\d{1,20})|@&(?<role>\d{1,20})|#(?<channel>\d{1,20})|\/(?<command>[^\s:<>][^:<>\n]{0,99}):(?<commandId>\d{1,20})|t:(?<seconds>-?\d{1,14})(?::(?<style>[tTdDfFRsS]))?|a?:(?<emoji>\w{2,32}):\d{1,20}|(?<url>https?:\/\/[^\s<>]+))>/y
const LINK =
  /\[((?:[^[\]\n\\]|\\.){1,300})\]\(<?(https?:\/\/[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?: +"[^"\n]*")?\)/y
const BARE_URL = /https?:\/\/[^\s<]+/y
const EVERYONE = /@(everyone|here)\b/y
const PAIRS = [
  ['**', 'bold'],
  ['__', 'underline'],
  ['~~', 'strike'],
  ['||', 'spoiler'],
]

function inline(text, depth, links) {
  const tokens = []
  /** Delimiters for which no closing one is left: searching again for each opener would be quadratic. */
  const unclosed = new Set()
  let plain = ''
  const emit = (token) => {
    if (plain !== '') tokens.push({ type: 'text', text: plain })
    plain = ''
    tokens.push(token)
  }
  let at = 0
  while (at < text.length) {
    const found = depth < MAX_DEPTH ? inlineAt(text, at, depth, links, unclosed) : null
    if (found === null) {
      const escaped = text[at] === '\\' && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? '')
      if (escaped) at += 1
      if (text[at] === '\n') emit({ type: 'break' })
      else plain += text[at]
      at += 1
    } else {
      emit(found.token)
      at = found.end
    }
  }
  if (plain !== '') tokens.push({ type: 'text', text: plain })
  return tokens
}

function inlineAt(text, at, depth, links, unclosed) {
  const char = text[at]
  if (char === '`') return codeAt(text, at)
  if (char === '<') return entityAt(text, at)
  if (char === '[' && links) return linkAt(text, at, depth)
  if (char === 'h' && links && !/\w/.test(text[at - 1] ?? '')) return bareUrlAt(text, at)
  if (char === '@') {
    EVERYONE.lastIndex = at
    const match = EVERYONE.exec(text)
    return match === null ? null : { token: { type: 'mention', kind: match[1] }, end: EVERYONE.lastIndex }
  }
  for (const [mark, type] of PAIRS) {
    if (!text.startsWith(mark, at)) continue
    const pair = pairAt(text, at, mark, unclosed)
    if (pair !== null)
      return { token: { type, children: inline(pair.inner, depth + 1, links) }, end: pair.end }
  }
  if (char === '*' || char === '_') return italicAt(text, at, depth, links, unclosed)
  return null
}

function codeAt(text, at) {
  const run = /^`+/.exec(text.slice(at, at + 4))[0]
  let close = text.indexOf(run, at + run.length)
  while (close !== -1 && text[close + run.length] === '`') {
    let next = close + run.length
    while (text[next] === '`') next += 1
    close = text.indexOf(run, next)
  }
  if (close === -1) return null
  const inner = text.slice(at + run.length, close)
  if (inner.trim() === '') return null
  return { token: { type: 'code', text: run.length > 1 ? inner.trim() : inner }, end: close + run.length }
}

function entityAt(text, at) {
  ENTITY.lastIndex = at
  const match = ENTITY.exec(text)
  if (match === null) return null
  const end = ENTITY.lastIndex
  const { user, role, channel, command, commandId, seconds, style, emoji, url } = match.groups
  if (user !== undefined) return { token: { type: 'mention', kind: 'user', id: user }, end }
  if (role !== undefined) return { token: { type: 'mention', kind: 'role', id: role }, end }
  if (channel !== undefined) return { token: { type: 'mention', kind: 'channel', id: channel }, end }
  if (command !== undefined)
    return { token: { type: 'command', path: command.split(' '), id: commandId }, end }
  if (emoji !== undefined) return { token: { type: 'emoji', name: emoji }, end }
  if (url !== undefined)
    return { token: { type: 'link', href: url, children: [{ type: 'text', text: url }] }, end }
  if (Math.abs(Number(seconds)) > MAX_SECONDS) return null
  return { token: { type: 'time', seconds: Number(seconds), style: style ?? 'f' }, end }
}

function linkAt(text, at, depth) {
  LINK.lastIndex = at
  const match = LINK.exec(text)
  if (match === null || match[1].trim() === '') return null
  // A label that reads like another address would hide where the link really goes.
  if (/https?:\/\//i.test(match[1])) return null
  const children = inline(match[1], depth + 1, false)
  return { token: { type: 'link', href: match[2], children }, end: LINK.lastIndex }
}

function bareUrlAt(text, at) {
  BARE_URL.lastIndex = at
  const match = BARE_URL.exec(text)
  if (match === null) return null
  let url = match[0].replace(/[.,;:!?'"*_~|。、，；：！？」』）】]+$/, '')
  if (url.endsWith(')') && !url.includes('(')) url = url.replace(/\)+$/, '')
  if (!/^https?:\/\/[^/]/.test(url)) return null
  return { token: { type: 'link', href: url, children: [{ type: 'text', text: url }] }, end: at + url.length }
}

function pairAt(text, at, mark, unclosed) {
  if (unclosed.has(mark)) return null
  const start = at + mark.length
  let close = findClose(text, start + 1, mark)
  if (close === -1) {
    unclosed.add(mark)
    return null
  }
  // In `***a***` the last two of the closing run belong to this pair.
  while (text[close + mark.length] === mark[0]) close += 1
  const inner = text.slice(start, close)
  return inner.trim() === '' ? null : { inner, end: close + mark.length }
}

function italicAt(text, at, depth, links, unclosed) {
  const mark = text[at]
  if (unclosed.has(mark) || /\s/.test(text[at + 1] ?? ' ')) return null
  if (mark === '_' && /[\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return null
  let close = findClose(text, at + 1, mark)
  while (close !== -1) {
    const doubled = text[close + 1] === mark
    const open = /\s/.test(text[close - 1])
    const inWord = mark === '_' && /[\p{L}\p{N}]/u.test(text[close + 1] ?? '')
    if (!doubled && !open && !inWord && close > at + 1) {
      return {
        token: { type: 'italic', children: inline(text.slice(at + 1, close), depth + 1, links) },
        end: close + 1,
      }
    }
    close = findClose(text, close + (doubled ? 2 : 1), mark)
  }
  unclosed.add(mark)
  return null
}

/** Index of the next `mark` that is neither escaped nor inside inline code; -1 when there is none. */
function findClose(text, from, mark) {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '`') {
      const code = codeAt(text, at)
      if (code === null) continue
      at = code.end - 1
    } else if (text.startsWith(mark, at)) return at
  }
  return -1
}
