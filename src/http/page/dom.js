/**
 * DOM building for the page. What comes from a node or a person becomes the text of a text node or the value of an
 * attribute that runs nothing; no module of the page makes markup out of a string.
 */

const SVG = 'http://www.w3.org/2000/svg'
/** Rows of a list that no screen shows more of. */
const SCREENFUL = 24

/**
 * Builds an element.
 * @param {string} tag
 * @param {Record<string, unknown>} props `on` holds listeners, `true` sets an empty attribute, `false`, `null` and
 *   `undefined` set nothing, anything else becomes an attribute
 * @param {...unknown} children nodes and texts; arrays are flattened, empty ones are skipped
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) setAttribute(element, name, value)
  element.append(...present(children))
  return element
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return
  if (name === 'on')
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener)
  else element.setAttribute(name, value === true ? '' : String(value))
}

function present(children, found = []) {
  for (const child of children) {
    if (Array.isArray(child)) present(child, found)
    else if (child !== null && child !== undefined && child !== false && child !== '')
      found.push(child instanceof Node ? child : String(child))
  }
  return found
}

/** Makes an element hold exactly these children. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children))
  return element
}

/** Sets a text only where it differs, so that nothing is touched that says the same. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** Sets an attribute, or takes it away with null, only where that changes something. */
export function setAttr(element, name, value) {
  if (value === null) {
    if (element.hasAttribute(name)) element.removeAttribute(name)
  } else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value))
}

/** A button that does something here. */
export function button(label, press, props = {}) {
  return h('button', { type: 'button', ...props, on: { click: press } }, label)
}

/**
 * A meter from 0 to 100 per cent with its figure beside it. `level` is how bad the rules find it.
 * @param {{percent: number, level: string | null, label: string, text: string}} shown
 */
export function meter({ percent, level, label, text }) {
  const bar = h('span', { class: 'meter', 'data-level': level ?? 'none', 'aria-hidden': 'true' })
  const inner = h('span')
  // A property set by script, which the policy of the page allows, unlike one that stands in markup.
  inner.style.inlineSize = `${Math.max(0, Math.min(100, percent))}%`
  bar.append(inner)
  return h('span', { class: 'metered', title: label }, bar, h('span', { class: 'figure' }, text))
}

/**
 * A curve of values from 0 to 100, oldest first, evenly spaced; null with fewer than two.
 * @param {readonly number[]} values
 * @param {string} label what a screen reader says of it
 */
export function curve(values, label, { width = 72, height = 20 } = {}) {
  if (values.length < 2) return null
  const step = width / (values.length - 1)
  const y = (value) => height - 1 - (Math.max(0, Math.min(100, value)) / 100) * (height - 2)
  const points = values.map((value, at) => `${(at * step).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
  svg.setAttribute('class', 'curve')
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  svg.setAttribute('preserveAspectRatio', 'none')
  const line = document.createElementNS(SVG, 'polyline')
  line.setAttribute('points', points)
  svg.append(line)
  return svg
}

/**
 * Makes `parent` hold the elements of these keys in this order. What is there already is kept as it is and moved only
 * where its place is another. After `ms` it stops, though not before so many of them that fill a screen; returns how many
 * were done, so that a long list is continued after the next picture.
 * @param {Map<string, {element: HTMLElement, update(value: unknown): void}>} known kept between calls
 * @param {readonly {key: string, value: unknown}[]} entries
 * @param {(key: string) => {element: HTMLElement, update(value: unknown): void}} make
 */
export function keyed(parent, known, entries, make, ms = Number.POSITIVE_INFINITY) {
  const until = performance.now() + ms
  const wanted = new Set(entries.map(({ key }) => key))
  for (const [key, { element }] of known) {
    if (wanted.has(key)) continue
    element.remove()
    known.delete(key)
  }
  let cursor = parent.firstElementChild
  for (const [at, { key, value }] of entries.entries()) {
    if (at >= SCREENFUL && performance.now() > until) return at
    let entry = known.get(key)
    if (entry === undefined) {
      entry = make(key)
      known.set(key, entry)
    }
    entry.update(value)
    if (cursor === entry.element) cursor = cursor.nextElementSibling
    else parent.insertBefore(entry.element, cursor)
  }
  return entries.length
}
