// Runs in the page: what a person could not see or reach.

/** A colour as the browser paints it: red, green and blue to 255, alpha to 1. */
function painted(text) {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  canvas.fillStyle = text
  canvas.fillRect(0, 0, 1, 1)
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data
  return [red, green, blue, alpha / 255]
}

function over(top, below) {
  return [0, 1, 2].map((part) => top[part] * top[3] + below[part] * (1 - top[3])).concat(1)
}

/** Relative luminance (WCAG 2.2). */
function luminance(colour) {
  const [red, green, blue] = colour.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The colour behind an element; null where a picture is, or where it is faint on purpose: disabled or covered. */
function behind(element) {
  if (element === null) return [255, 255, 255, 1]
  const style = getComputedStyle(element)
  if (style.backgroundImage !== 'none' || style.filter !== 'none' || Number(style.opacity) < 1) return null
  const own = painted(style.backgroundColor)
  if (own[3] === 1) return own
  const below = behind(element.parentElement)
  return below && over(own, below)
}

/** Texts whose contrast to what lies behind them is below 4.5 (WCAG 2.2, 1.4.3). */
function faintTexts() {
  const faint = new Set()
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    const words = node.textContent.trim()
    if (words === '' || !element.checkVisibility({ visibilityProperty: true })) continue
    const ground = behind(element)
    if (ground === null) continue
    const text = over(painted(getComputedStyle(element).color), ground)
    // What is hidden until it is touched has the colour of its cover.
    if (text.join() === ground.join()) continue
    const [low, high] = [luminance(text), luminance(ground)].sort((a, b) => a - b)
    const contrast = (high + 0.05) / (low + 0.05)
    if (contrast < 4.5) faint.add(`.${element.className} ${contrast.toFixed(2)}: ${words.slice(0, 30)}`)
  }
  return [...faint]
}

/** Whether all of what a block holds is seen: its lines wrap, and its card cuts nothing off. */
function reachOf(selector) {
  const block = document.querySelector(selector)
  const card = block.closest('.container')
  return {
    inside: block.getBoundingClientRect().right <= card.getBoundingClientRect().right,
    wraps: block.scrollWidth <= block.clientWidth,
    cardCut: card.scrollWidth > card.clientWidth,
  }
}

globalThis.look = { faintTexts, reachOf }
