/** Generated portraits: a gradient from the name and its first letter; the bot gets a glyph of its own. */
import { h } from './dom.js'

/** A stable number for a name. */
function hash(text) {
  let value = 2_166_136_261
  for (const char of text) value = Math.imul(value ^ char.codePointAt(0), 16_777_619) >>> 0
  // The low bits alone repeat too often for short names.
  return (value ^ (value >>> 15)) >>> 0
}

/**
 * The hue in degrees that belongs to a name. The factor only scatters: it was picked so that usual names of roles and
 * people land far apart.
 */
export function hueOf(name) {
  return Math.floor((hash(name) * 2971) / 256) % 360
}

/**
 * @param {string} name
 * @param {{bot?: boolean, size?: number, online?: boolean | null}} [options]
 */
export function avatar(name, { bot = false, size = 40, online = null } = {}) {
  const letter = [...String(name).trim()][0]?.toUpperCase() ?? '?'
  const face = bot ? botGlyph(size) : h('span', { class: 'avatar-letter', text: letter })
  return h(
    'span',
    {
      class: bot ? 'avatar avatar-bot' : 'avatar',
      'aria-hidden': 'true',
      vars: { hue: hueOf(name), size: `${size}px` },
    },
    face,
    online === null ? null : h('span', { class: online ? 'presence presence-on' : 'presence' }),
  )
}

/** Three linked nodes: what the bot looks after. */
function botGlyph(size) {
  const SVG = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 40 40')
  svg.setAttribute('width', String(size))
  svg.setAttribute('height', String(size))
  const lines = document.createElementNS(SVG, 'path')
  lines.setAttribute('d', 'M20 13 12.5 26.5h15Z')
  lines.setAttribute('class', 'glyph-line')
  svg.append(lines)
  for (const [x, y] of [
    [20, 12.5],
    [12, 26.5],
    [28, 26.5],
  ]) {
    const dot = document.createElementNS(SVG, 'circle')
    dot.setAttribute('cx', String(x))
    dot.setAttribute('cy', String(y))
    dot.setAttribute('r', '4')
    dot.setAttribute('class', 'glyph-dot')
    svg.append(dot)
  }
  return svg
}

/** A small label with the colour of the role's name. */
export function roleChip(name) {
  return h('span', { class: 'role-chip', vars: { hue: hueOf(name) }, dataset: { testid: 'role-chip' } }, name)
}
