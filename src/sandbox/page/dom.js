/**
 * DOM building for the chat page. Everything that came from a message becomes a text node here; no module of the page
 * parses markup out of a string.
 */

const SVG = 'http://www.w3.org/2000/svg'

/**
 * Builds an element.
 * @param {string} tag
 * @param {Record<string, unknown>} [props] `class`, `text`, `dataset`, `vars` (custom CSS properties), `on` (listeners);
 *   `true` sets an empty attribute, `false`, `null` and `undefined` set nothing, anything else becomes an attribute.
 * @param {...(Node | string | number | null | undefined | false | unknown[])} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) {
    if (value !== null && value !== undefined && value !== false) setProp(element, name, value)
  }
  append(element, children)
  return element
}

function setProp(element, name, value) {
  switch (name) {
    case 'class':
      element.className = String(value)
      break
    case 'text':
      element.textContent = String(value)
      break
    case 'dataset':
      Object.assign(element.dataset, value)
      break
    case 'vars':
      for (const [key, entry] of Object.entries(value)) element.style.setProperty(`--${key}`, String(entry))
      break
    case 'on':
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener)
      break
    default:
      element.setAttribute(name, value === true ? '' : String(value))
  }
}

/** Appends nodes and strings, flattening arrays and skipping empty entries. */
export function append(parent, children) {
  for (const child of children.flat(Number.POSITIVE_INFINITY)) {
    if (child === null || child === undefined || child === false || child === '') continue
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)))
  }
}

const ICONS = {
  hash: 'M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16',
  thread: 'M4 5h16M4 10h10M9 15h11M9 10v9M9 19h8',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6 6 18',
  chevron: 'm6 9 6 6 6-6',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  send: 'M4.5 12 20 4.5 15.5 20l-4-6.5zM11.5 13.5 20 4.5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  file: 'M13.5 3.5H7a1.5 1.5 0 0 0-1.5 1.5v14A1.5 1.5 0 0 0 7 20.5h10a1.5 1.5 0 0 0 1.5-1.5V8.5zM13.5 3.5v5h5M9 13h6M9 16.5h4',
  download: 'M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 19.5h14',
  braces:
    'M8.5 4.5H8A2.5 2.5 0 0 0 5.5 7v2.5A2.5 2.5 0 0 1 3.5 12a2.5 2.5 0 0 1 2 2.5V17A2.5 2.5 0 0 0 8 19.5h.5M15.5 4.5h.5A2.5 2.5 0 0 1 18.5 7v2.5a2.5 2.5 0 0 0 2 2.5 2.5 2.5 0 0 0-2 2.5V17a2.5 2.5 0 0 1-2.5 2.5h-.5',
  trash: 'M4.5 6.5h15M9.5 6.5v-2h5v2M6.5 6.5l.8 13h9.4l.8-13M10 10.5v5.5M14 10.5v5.5',
  log: 'M5 5.5h14M5 10h14M5 14.5h9M5 19h6',
  shield: 'M12 3.5 5 6v5.5c0 4.3 2.9 7.6 7 9 4.1-1.4 7-4.7 7-9V6z',
  down: 'M12 5v14m0 0 6-6m-6 6-6-6',
  reply: 'M9.5 6 4.5 11l5 5M5 11h9.5a5 5 0 0 1 5 5v2',
  slash: 'M15.5 4.5l-7 15',
  link: 'M14 5h5v5M19 5l-8.5 8.5M11 6H6.5A1.5 1.5 0 0 0 5 7.5v10A1.5 1.5 0 0 0 6.5 19h10a1.5 1.5 0 0 0 1.5-1.5V13',
  copy: 'M9 9h9.5v10.5H9zM6 15H5V4.5h9.5V6',
  warn: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4',
  plus: 'M12 5v14M5 12h14',
}

/** A stroked icon of the page's own set; purely decorative. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('width', String(size))
  svg.setAttribute('height', String(size))
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', 'icon')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', ICONS[name])
  svg.append(path)
  return svg
}

/** An `http(s)` address in normal form, or null for every other scheme and for what does not parse. */
export function safeHref(value) {
  try {
    const url = new URL(String(value))
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null
  } catch {
    return null
  }
}

/** A link that leaves the page. What is not http(s) stays text. */
export function externalLink(href, props, ...children) {
  const address = safeHref(href)
  if (address === null) return h('span', props, ...children)
  return h(
    'a',
    { ...props, href: address, target: '_blank', rel: 'noopener noreferrer nofollow' },
    ...children,
  )
}

/**
 * The same-origin path of a file on the embedded CDN, or null when the address points anywhere else. The bot and the
 * browser may know the server by different loopback names, so only the path is kept.
 */
export function cdnPath(value) {
  try {
    const url = new URL(String(value), location.href)
    const here = url.origin === location.origin || ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
    return here && url.pathname.startsWith('/cdn/') ? url.pathname + url.search : null
  } catch {
    return null
  }
}

/**
 * Makes `parent` hold exactly `entries` in order, reusing the node of a key whose signature has not changed.
 * @param {Map<string, {signature: string, node: HTMLElement}>} known kept between calls
 * @param {{key: string, signature: string, build: (old: HTMLElement | null) => HTMLElement}[]} entries
 */
export function reconcile(parent, known, entries) {
  const wanted = new Set(entries.map((entry) => entry.key))
  for (const [key, entry] of known) {
    if (wanted.has(key)) continue
    entry.node.remove()
    known.delete(key)
  }
  let cursor = parent.firstElementChild
  for (const entry of entries) {
    const old = known.get(entry.key)
    if (old !== undefined && old.signature === entry.signature) {
      if (cursor === old.node) cursor = cursor.nextElementSibling
      else parent.insertBefore(old.node, cursor)
      continue
    }
    const node = entry.build(old?.node ?? null)
    if (old === undefined) parent.insertBefore(node, cursor)
    else {
      const inPlace = cursor === old.node
      if (inPlace) cursor = cursor.nextElementSibling
      replaceKeeping(old.node, node)
      if (!inPlace) parent.insertBefore(node, cursor)
    }
    known.set(entry.key, { signature: entry.signature, node })
  }
}

/** Replaces a node by its newer form; loaded images, revealed spoilers and the focused button survive. */
function replaceKeeping(old, node) {
  const images = new Map([...old.querySelectorAll('img')].map((image) => [image.getAttribute('src'), image]))
  for (const image of node.querySelectorAll('img')) {
    const loaded = images.get(image.getAttribute('src'))
    if (loaded === undefined) continue
    images.delete(image.getAttribute('src'))
    loaded.className = image.className
    image.replaceWith(loaded)
  }
  const revealed = new Set(
    [...old.querySelectorAll('.spoiler.revealed')].map((spoiler) => spoiler.textContent),
  )
  for (const spoiler of node.querySelectorAll('.spoiler')) {
    if (revealed.has(spoiler.textContent)) spoiler.classList.add('revealed')
  }
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.customId : undefined
  old.replaceWith(node)
  if (focused === undefined) return
  const control = [...node.querySelectorAll('[data-custom-id]')].find(
    (one) => one.dataset.customId === focused,
  )
  control?.focus({ preventScroll: true })
}
